#include "host_backend.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

namespace sync_engine_internal {

namespace {

constexpr std::chrono::seconds kCloseWithin{5};
/// Node has to start, and a database may have to be migrated: no call's own time is enough for that.
constexpr std::chrono::milliseconds kOpenWithin{30'000};

std::atomic<std::uint32_t> nextEngine{1};

class HostBackend final : public Backend {
 public:
  HostBackend(HostCommand command, std::shared_ptr<HostLink> link, std::shared_ptr<HostedEngine> engine)
      : command_(std::move(command)), link_(std::move(link)), engine_(std::move(engine)) {}

  Reply call(Operation operation, const std::string& body, std::chrono::milliseconds timeout) override {
    return link_->call(engine_, operation, body, timeout);
  }

  void listen(std::uint32_t mask, std::chrono::milliseconds timeout) override {
    engine_->mask = mask;
    try {
      Fields fields;
      fields.add(static_cast<std::int64_t>(mask));
      link_->call(engine_, Operation::kListen, fields.body(), timeout);
    } catch (const Failure& failure) {
      // The next host opens the engine with the new mask.
      const bool hostIsAway =
          failure.status == SYNC_ENGINE_ERROR_HOST_UNAVAILABLE || failure.status == SYNC_ENGINE_ERROR_HOST_LOST;
      if (!hostIsAway) throw;
    }
  }

  void close() noexcept override {
    link_->close(engine_, kCloseWithin);
    letGoOfLink(command_);
  }

 private:
  const HostCommand command_;
  const std::shared_ptr<HostLink> link_;
  const std::shared_ptr<HostedEngine> engine_;
};

}  // namespace

std::unique_ptr<Backend> openInHost(const HostCommand& command, std::string openingFields,
                                    std::shared_ptr<Events> events, std::chrono::milliseconds timeout) {
  auto link = takeLink(command);
  try {
    auto engine = std::make_shared<HostedEngine>();
    engine->number = nextEngine.fetch_add(1);
    engine->openingFields = std::move(openingFields);
    engine->events = std::move(events);
    link->open(engine, std::max(timeout, kOpenWithin));
    return std::make_unique<HostBackend>(command, std::move(link), std::move(engine));
  } catch (...) {
    link.reset();
    letGoOfLink(command);
    throw;
  }
}

}  // namespace sync_engine_internal
