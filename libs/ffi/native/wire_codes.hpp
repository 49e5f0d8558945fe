/* Made by `npm run ffi:headers` from libs/ffi/src/abi: do not edit. */
#pragma once
#include <cstddef>
#include <cstdint>

namespace sync_engine_internal {

inline constexpr std::int32_t kProtocol = 1;
inline constexpr std::size_t kHeaderBytes = 24;
inline constexpr std::uint32_t kNullField = 4294967295u;
inline constexpr std::uint32_t kMaxBodyBytes = 268435456u;

enum class Kind : std::uint8_t {
  kHello = 1,
  kRequest = 2,
  kResponse = 3,
  kEvent = 4,
};

enum class Operation : std::int32_t {
  kOpen = 1,
  kClose = 2,
  kListen = 3,
  kCreate = 10,
  kUpdate = 11,
  kMerge = 12,
  kPatch = 13,
  kDelete = 14,
  kRestore = 15,
  kGet = 16,
  kList = 17,
  kFind = 18,
  kSearch = 19,
  kCount = 20,
  kUndo = 30,
  kRedo = 31,
  kRevert = 32,
  kHistory = 33,
  kAtVersion = 34,
  kConflicts = 40,
  kDismissConflict = 41,
  kApplyConflict = 42,
  kConnect = 50,
  kDisconnect = 51,
  kSyncNow = 52,
  kSynced = 53,
  kStatus = 54,
  kPending = 55,
};

}  // namespace sync_engine_internal
