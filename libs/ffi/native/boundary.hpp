// The boundary of the C ABI: arguments are checked on the way in, failures become statuses on the way out.
#pragma once
#include <pthread.h>

#include <cstdlib>
#include <cstring>
#include <new>
#include <string>

#include "engine.hpp"
#include "failure.hpp"
#include "frame.hpp"
#include "registry.hpp"
#include "sync_engine.h"

namespace sync_engine_internal {

/// Of one text that is handed over.
inline constexpr std::size_t kMaxTextBytes = 64u * 1024 * 1024;

bool isUtf8(const char* text, std::size_t length) noexcept;
/// @param name of the argument, for the message. @throws Failure
const char* requiredText(const char* text, const char* name);
const char* optionalText(const char* text, const char* name);
void requiredOut(const void* out, const char* name);

/// A thread that the application cancels ends after the call that it is in: unwinding it in the middle would end the program.
class Uncancelled {
 public:
  Uncancelled() noexcept { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before_); }
  Uncancelled(const Uncancelled&) = delete;
  Uncancelled& operator=(const Uncancelled&) = delete;
  ~Uncancelled() { pthread_setcancelstate(before_, nullptr); }

 private:
  int before_ = PTHREAD_CANCEL_ENABLE;
};

/// Runs the work of a function of the C ABI. Nothing that is thrown gets past it.
template <typename Work>
sync_engine_status atBoundary(Work&& work) noexcept {
  const Uncancelled uncancelled;
  try {
    work();
    return SYNC_ENGINE_OK;
  } catch (const Failure& failure) {
    keepFailure(failure);
  } catch (const std::bad_alloc&) {
    keepStatus(SYNC_ENGINE_ERROR_OUT_OF_MEMORY);
  } catch (const std::exception& error) {
    try {
      keepFailure(failureOf(SYNC_ENGINE_ERROR_INTERNAL, error.what()));
    } catch (...) {
      keepStatus(SYNC_ENGINE_ERROR_INTERNAL);
    }
  } catch (...) {
    keepStatus(SYNC_ENGINE_ERROR_INTERNAL);
  }
  return static_cast<sync_engine_status>(lastFailure().status);
}

/// A copy for the caller, where it is wanted.
void handOver(const std::string& text, char** out);
/// The number that a result is.
std::int64_t countOf(const std::string& text);

/// A call whose result is a text. @param fill adds the fields of the call, checked
template <typename Fill>
sync_engine_status textCall(void* handle, Operation operation, char** out, Fill&& fill) noexcept {
  if (out != nullptr) *out = nullptr;
  return atBoundary([&] {
    const auto engine = engineOf(handle);
    Fields fields;
    fill(fields);
    handOver(engine->call(operation, fields.body()), out);
  });
}

}  // namespace sync_engine_internal
