#include "registry.hpp"

#include <cstdint>
#include <unordered_map>
#include <utility>

#include "failure.hpp"
#include "fork_guard.hpp"

namespace sync_engine_internal {

namespace {

using Engines = std::unordered_map<std::uintptr_t, std::shared_ptr<Engine>>;

// Never destroyed: other threads may still be in a call when the process ends.
Engines& engines() {
  static auto& all = *new Engines();
  return all;
}

Engines& forgotten() {
  static auto& all = *new Engines();
  return all;
}

// Odd, and so never an address that something lies at, NULL included.
std::uintptr_t nextHandle = 1;

std::uintptr_t numberOf(void* handle) { return reinterpret_cast<std::uintptr_t>(handle); }

}  // namespace

std::mutex& registryMutex() noexcept {
  static auto& mutex = *new std::mutex();
  return mutex;
}

void* enterEngine(std::shared_ptr<Engine> engine) {
  const std::lock_guard<std::mutex> lock(registryMutex());
  const std::uintptr_t number = nextHandle;
  engines().emplace(number, std::move(engine));
  nextHandle += 2;
  return reinterpret_cast<void*>(number);
}

std::shared_ptr<Engine> engineOf(void* handle) {
  const std::lock_guard<std::mutex> lock(registryMutex());
  const auto found = engines().find(numberOf(handle));
  if (found == engines().end()) {
    throw failureOf(SYNC_ENGINE_ERROR_INVALID_HANDLE,
                    handle == nullptr ? "the engine is NULL" : "there is no such engine, or it was destroyed");
  }
  if (found->second->epoch() != forkEpoch()) {
    throw failureOf(SYNC_ENGINE_ERROR_FORKED, "the engine was made in another process, before a fork");
  }
  return found->second;
}

std::shared_ptr<Engine> takeEngine(void* handle) {
  const std::lock_guard<std::mutex> lock(registryMutex());
  const auto found = engines().find(numberOf(handle));
  if (found == engines().end()) return nullptr;
  std::shared_ptr<Engine> engine = found->second;
  engines().erase(found);
  if (engine->epoch() == forkEpoch()) return engine;
  // Neither its threads nor its locks can be ended in this process.
  forgotten().emplace(numberOf(handle), std::move(engine));
  return nullptr;
}

}  // namespace sync_engine_internal
