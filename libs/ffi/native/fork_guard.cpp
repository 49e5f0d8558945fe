#include "fork_guard.hpp"

#include <pthread.h>

#include <atomic>
#include <mutex>

#include "host_link.hpp"
#include "registry.hpp"

namespace sync_engine_internal {

namespace {

std::atomic<std::uint32_t> epoch{1};
std::once_flag guarded;

// The locks are held over the fork, so that the child does not inherit one that a thread holds which it does not have.
void beforeFork() {
  registryMutex().lock();
  linksMutex().lock();
}

void afterForkInParent() {
  linksMutex().unlock();
  registryMutex().unlock();
}

void afterForkInChild() {
  epoch.fetch_add(1);
  abandonLinks();
  linksMutex().unlock();
  registryMutex().unlock();
}

}  // namespace

void guardAgainstForks() {
  std::call_once(guarded, [] { pthread_atfork(beforeFork, afterForkInParent, afterForkInChild); });
}

std::uint32_t forkEpoch() noexcept { return epoch.load(std::memory_order_relaxed); }

}  // namespace sync_engine_internal
