// What a fork without exec makes of the library: in the child its engines are dead, its locks are free, and new engines can be made.
#pragma once
#include <cstdint>

namespace sync_engine_internal {

/// Has to be called before the first engine is made.
void guardAgainstForks();
/// Another number in every process that was forked off.
std::uint32_t forkEpoch() noexcept;

}  // namespace sync_engine_internal
