// The C ABI: engines, events and the library itself.
#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "boundary.hpp"
#include "fork_guard.hpp"
#include "host_backend.hpp"

using namespace sync_engine_internal;

namespace {

constexpr std::uint32_t kDefaultCallTimeoutMs = 60'000;
constexpr std::uint32_t kDefaultQueuedEvents = 10'000;
constexpr std::uint32_t kMaxQueuedEvents = 10'000'000;

sync_engine_options defaults() {
  sync_engine_options options{};
  options.struct_size = sizeof options;
  options.log_level = SYNC_ENGINE_LOG_WARN;
  options.callback_mode = SYNC_ENGINE_CALLBACKS_POLLED;
  options.call_timeout_ms = kDefaultCallTimeoutMs;
  options.max_queued_events = kDefaultQueuedEvents;
  return options;
}

void checkNumbers(const sync_engine_options& options) {
  const auto refuse = [](const char* what) { throw failureOf(SYNC_ENGINE_ERROR_INVALID_ARGUMENT, what); };
  if (options.log_level < SYNC_ENGINE_LOG_OFF || options.log_level > SYNC_ENGINE_LOG_DEBUG) {
    refuse("log_level is no sync_engine_log_level");
  }
  if (options.callback_mode != SYNC_ENGINE_CALLBACKS_POLLED && options.callback_mode != SYNC_ENGINE_CALLBACKS_THREADED) {
    refuse("callback_mode is no sync_engine_callback_mode");
  }
  if (options.start_offline != 0 && options.start_offline != 1) refuse("start_offline is neither 0 nor 1");
  if (options.call_timeout_ms == 0) refuse("call_timeout_ms is 0");
  if (options.max_queued_events == 0 || options.max_queued_events > kMaxQueuedEvents) {
    refuse("max_queued_events is 0 or too large");
  }
}

/// The fields of the operation `open`, all but the last.
std::string openingFields(const sync_engine_options& options) {
  Fields fields;
  fields.add(requiredText(options.database_path, "database_path"));
  fields.add(optionalText(options.server_url, "server_url"));
  fields.add(optionalText(options.auth_token, "auth_token"));
  fields.add(optionalText(options.user_id, "user_id"));
  fields.add(optionalText(options.client_id, "client_id"));
  fields.add(optionalText(options.strategy, "strategy"));
  fields.add(std::int64_t{options.log_level});
  fields.add(std::int64_t{options.start_offline == 0 ? 1 : 0});
  return fields.body();
}

void* open(const sync_engine_options& options) {
  guardAgainstForks();
  checkNumbers(options);
  std::string fields = openingFields(options);
  const HostCommand command =
      findHost(optionalText(options.host_path, "host_path"), optionalText(options.node_path, "node_path"));
  auto events = std::make_shared<Events>(options.max_queued_events);
  const std::chrono::milliseconds timeout(options.call_timeout_ms);
  auto backend = openInHost(command, std::move(fields), events, timeout);
  const bool threaded = options.callback_mode == SYNC_ENGINE_CALLBACKS_THREADED;
  auto engine = std::make_shared<Engine>(std::move(backend), events, timeout, threaded);
  try {
    if (threaded) events->startThread();
    return enterEngine(engine);
  } catch (...) {
    engine->close();
    throw;
  }
}

}  // namespace

sync_engine_status sync_engine_options_init(sync_engine_options* options) {
  return atBoundary([&] {
    requiredOut(options, "options");
    *options = defaults();
  });
}

void* sync_engine_create(const char* database_path, const char* server_url, const char* auth_token) {
  void* engine = nullptr;
  sync_engine_options options = defaults();
  options.database_path = database_path;
  options.server_url = server_url;
  options.auth_token = auth_token;
  sync_engine_create_with_options(&options, &engine);
  return engine;
}

sync_engine_status sync_engine_create_with_options(const sync_engine_options* options, void** out_engine) {
  if (out_engine != nullptr) *out_engine = nullptr;
  return atBoundary([&] {
    requiredOut(options, "options");
    requiredOut(out_engine, "out_engine");
    if (options->struct_size != sizeof(sync_engine_options)) {
      throw failureOf(SYNC_ENGINE_ERROR_INVALID_ARGUMENT, "the options were not made by sync_engine_options_init");
    }
    *out_engine = open(*options);
  });
}

void sync_engine_destroy(void* engine) {
  atBoundary([&] {
    if (const auto taken = takeEngine(engine)) taken->close();
  });
}

sync_engine_status sync_engine_subscribe(void* engine, std::uint32_t mask, const char* document_id,
                                         sync_engine_callback callback, void* context, std::uint64_t* out_subscription) {
  if (out_subscription != nullptr) *out_subscription = 0;
  return atBoundary([&] {
    const auto found = engineOf(engine);
    if (callback == nullptr) throw failureOf(SYNC_ENGINE_ERROR_NULL_ARGUMENT, "callback is NULL");
    requiredOut(out_subscription, "out_subscription");
    if ((mask & SYNC_ENGINE_MASK_ALL) == 0) {
      throw failureOf(SYNC_ENGINE_ERROR_INVALID_ARGUMENT, "mask names no type of event");
    }
    *out_subscription = found->subscribe(mask, optionalText(document_id, "document_id"), callback, context);
  });
}

sync_engine_status sync_engine_unsubscribe(void* engine, std::uint64_t subscription) {
  return atBoundary([&] { engineOf(engine)->unsubscribe(subscription); });
}

sync_engine_status sync_engine_process_events(void* engine, std::uint32_t max_events, std::uint32_t timeout_ms,
                                              std::uint32_t* out_processed) {
  if (out_processed != nullptr) *out_processed = 0;
  return atBoundary([&] {
    const auto count = engineOf(engine)->processEvents(max_events, std::chrono::milliseconds(timeout_ms));
    if (out_processed != nullptr) *out_processed = count;
  });
}

sync_engine_status sync_engine_last_error_code(void) { return static_cast<sync_engine_status>(lastFailure().status); }
const char* sync_engine_last_error_message(void) { return lastFailure().message.c_str(); }
const char* sync_engine_last_error_remedy(void) { return lastFailure().remedy.c_str(); }
const char* sync_engine_last_error_details(void) { return lastFailure().details.c_str(); }
const char* sync_engine_status_name(std::int32_t status) { return statusName(status); }
const char* sync_engine_version(void) { return SYNC_ENGINE_VERSION; }
void sync_engine_free(void* text) { std::free(text); }
