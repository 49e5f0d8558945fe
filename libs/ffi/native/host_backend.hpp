// An engine in a host process.
#pragma once
#include <memory>
#include <string>

#include "backend.hpp"
#include "events.hpp"
#include "host_link.hpp"

namespace sync_engine_internal {

/**
 * Starts the host where it does not run yet, and opens the engine in it.
 * @param openingFields of the operation `open`, without the mask of events
 * @throws Failure
 */
std::unique_ptr<Backend> openInHost(const HostCommand& command, std::string openingFields,
                                    std::shared_ptr<Events> events, std::chrono::milliseconds timeout);

}  // namespace sync_engine_internal
