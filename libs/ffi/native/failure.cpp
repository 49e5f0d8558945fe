#include "failure.hpp"

#include <utility>

namespace sync_engine_internal {

namespace {

// Made at the first failure of a thread: threads that never fail cost nothing.
thread_local Failure last;

const char* remedyOf(sync_engine_status status) noexcept {
  switch (status) {
    case SYNC_ENGINE_ERROR_INVALID_HANDLE:
      return "Use the handle that sync_engine_create returned, and not after sync_engine_destroy.";
    case SYNC_ENGINE_ERROR_NULL_ARGUMENT:
      return "Hand over what the message names.";
    case SYNC_ENGINE_ERROR_NOT_UTF8:
      return "Convert the text to UTF-8.";
    case SYNC_ENGINE_ERROR_HOST_UNAVAILABLE:
      return "Try again in a moment: the library starts the host again by itself.";
    case SYNC_ENGINE_ERROR_HOST_LOST:
      return "Look whether it was done, then decide anew: the library starts the host again by itself.";
    case SYNC_ENGINE_ERROR_HOST_INCOMPATIBLE:
      return "Install the host that was built with this library.";
    case SYNC_ENGINE_ERROR_HOST_NOT_STARTED:
      return "Check the host's path, and that Node 20.19 or later is installed where the host is a script.";
    case SYNC_ENGINE_ERROR_FORKED:
      return "Create an engine in this process.";
    case SYNC_ENGINE_ERROR_TIMED_OUT:
      return "Try again, or allow more time.";
    case SYNC_ENGINE_ERROR_CLIENT_CLOSED:
      return "Create it again.";
    case SYNC_ENGINE_ERROR_INVALID_ARGUMENT:
      return "Correct what the message names.";
    case SYNC_ENGINE_ERROR_WOULD_DEADLOCK:
      return "Make the call on another thread.";
    default:
      return "";
  }
}

}  // namespace

Failure failureOf(sync_engine_status status, std::string message) {
  return Failure{status, std::move(message), remedyOf(status), {}};
}

const Failure& lastFailure() noexcept { return last; }

void keepFailure(const Failure& failure) noexcept {
  try {
    last = failure;
  } catch (...) {
    keepStatus(SYNC_ENGINE_ERROR_OUT_OF_MEMORY);
  }
}

void keepStatus(sync_engine_status status) noexcept {
  last.status = status;
  last.message.clear();
  last.remedy.clear();
  last.details.clear();
}

const char* statusName(std::int32_t status) noexcept {
  switch (status) {
#define SYNC_ENGINE_CASE(number, name) \
  case number:                         \
    return name;
    SYNC_ENGINE_STATUS_NAMES(SYNC_ENGINE_CASE)
#undef SYNC_ENGINE_CASE
    default:
      return "unknown";
  }
}

}  // namespace sync_engine_internal
