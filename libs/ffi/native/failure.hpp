// What went wrong, inside the library: thrown as an exception, kept for the thread at the boundary of the C ABI.
#pragma once
#include <cstdint>
#include <string>

#include "sync_engine_codes.h"

namespace sync_engine_internal {

struct Failure {
  std::int32_t status = SYNC_ENGINE_OK;
  std::string message;
  std::string remedy;
  /// A JSON object, or empty.
  std::string details;
};

/// A failure of the library's own, with the remedy that goes with its status.
Failure failureOf(sync_engine_status status, std::string message);

/// The last failure of this thread.
const Failure& lastFailure() noexcept;
/// Never throws: where there is no memory for the words, the number is kept.
void keepFailure(const Failure& failure) noexcept;
void keepStatus(sync_engine_status status) noexcept;

const char* statusName(std::int32_t status) noexcept;

}  // namespace sync_engine_internal
