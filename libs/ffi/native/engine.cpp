#include "engine.hpp"

#include <utility>

#include "failure.hpp"
#include "fork_guard.hpp"
#include "frame.hpp"

namespace sync_engine_internal {

Engine::Engine(std::unique_ptr<Backend> backend, std::shared_ptr<Events> events, std::chrono::milliseconds callTimeout,
               bool threaded)
    : backend_(std::move(backend)),
      events_(std::move(events)),
      callTimeout_(callTimeout),
      threaded_(threaded),
      epoch_(forkEpoch()) {}

std::string Engine::call(Operation operation, const std::string& body, std::chrono::milliseconds longer) {
  Reply reply = backend_->call(operation, body, callTimeout_ + longer);
  if (reply.status == SYNC_ENGINE_OK) return std::move(reply.body);
  auto fields = decodeFields(reply.body);
  if (!fields || fields->size() != 3) {
    throw failureOf(SYNC_ENGINE_ERROR_INTERNAL, "a failure that makes no sense came from the host");
  }
  throw Failure{reply.status, (*fields)[0].value_or(""), (*fields)[1].value_or(""), (*fields)[2].value_or("")};
}

std::uint64_t Engine::subscribe(std::uint32_t mask, const char* documentId, sync_engine_callback callback,
                                void* context) {
  const std::uint64_t subscription = events_->subscribe(mask, documentId, callback, context);
  try {
    listen();
  } catch (...) {
    events_->unsubscribe(subscription);
    throw;
  }
  return subscription;
}

void Engine::unsubscribe(std::uint64_t subscription) {
  events_->unsubscribe(subscription);
  try {
    listen();
  } catch (const Failure&) {
    // The callback is off, and that is what was asked for. What still comes in has nobody to be told to.
  }
}

void Engine::listen() {
  const std::lock_guard<std::mutex> lock(listenMutex_);
  const std::uint32_t mask = events_->mask();
  if (mask == mask_) return;
  backend_->listen(mask, callTimeout_);
  mask_ = mask;
}

std::uint32_t Engine::processEvents(std::uint32_t maxEvents, std::chrono::milliseconds timeout) {
  if (threaded_) {
    throw failureOf(SYNC_ENGINE_ERROR_INVALID_ARGUMENT, "the callbacks of this engine are called by the library's thread");
  }
  return events_->process(maxEvents, timeout);
}

void Engine::close() noexcept {
  // First what is waited for: a callback may be in the middle of a call, and the end of callbacks waits for it.
  backend_->close();
  events_->stop();
}

}  // namespace sync_engine_internal
