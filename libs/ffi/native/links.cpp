// The links of this process: engines with the same host share one, and the last to let go ends it.
#include <map>
#include <new>
#include <utility>

#include "host_link.hpp"

namespace sync_engine_internal {

namespace {

struct Shared {
  std::shared_ptr<HostLink> link;
  std::size_t users = 0;
};

// Never destroyed: the process may end while engines are alive, and their threads go on until the very end.
std::map<HostCommand, Shared>& links() {
  static auto& all = *new std::map<HostCommand, Shared>();
  return all;
}

/// After a fork, in the child: kept for good, since neither their threads nor their locks can be ended here.
struct Abandoned {
  std::map<HostCommand, Shared> links;
  Abandoned* before = nullptr;
};
Abandoned* abandoned = nullptr;

}  // namespace

std::mutex& linksMutex() noexcept {
  static auto& mutex = *new std::mutex();
  return mutex;
}

std::shared_ptr<HostLink> takeLink(const HostCommand& command) {
  const std::lock_guard<std::mutex> lock(linksMutex());
  const auto found = links().find(command);
  if (found != links().end()) {
    ++found->second.users;
    return found->second.link;
  }
  auto link = std::make_shared<HostLink>(command);
  links().emplace(command, Shared{link, 1});
  try {
    link->start();
  } catch (...) {
    links().erase(command);
    throw;
  }
  return link;
}

void letGoOfLink(const HostCommand& command) noexcept {
  std::shared_ptr<HostLink> last;
  {
    const std::lock_guard<std::mutex> lock(linksMutex());
    const auto found = links().find(command);
    if (found == links().end() || --found->second.users > 0) return;
    last = std::move(found->second.link);
    links().erase(found);
  }
  last->stop();
}

void abandonLinks() noexcept {
  for (auto& [command, shared] : links()) shared.link->abandon();
  auto* kept = new (std::nothrow) Abandoned();
  if (kept == nullptr) return;
  kept->links.swap(links());
  kept->before = abandoned;
  abandoned = kept;
}

}  // namespace sync_engine_internal
