// The handles that the application has. A handle is a number, never an address that is followed: one that is wrong is refused.
#pragma once
#include <memory>
#include <mutex>

#include "engine.hpp"

namespace sync_engine_internal {

/// Held while the registry is looked at.
std::mutex& registryMutex() noexcept;

void* enterEngine(std::shared_ptr<Engine> engine);
/// @throws Failure `invalid_handle`, `forked`
std::shared_ptr<Engine> engineOf(void* handle);
/// Takes it out; nothing where there is none. One of before a fork is forgotten, and kept for good.
std::shared_ptr<Engine> takeEngine(void* handle);

}  // namespace sync_engine_internal
