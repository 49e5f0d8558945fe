/**
 * sync_engine for C++17: the C ABI of sync_engine.h as classes. Header only.
 *
 * - `Engine` owns an engine and `Subscription` a callback: both are movable, not copyable, and end what they own.
 * - What fails throws `sync_engine::Error`, which has the status, its name, what to do about it, and details.
 * - JSON goes in and comes out as text; take whichever JSON library you like.
 *
 * Every member function may be called from any thread, but for moving and destroying the object itself.
 */
#ifndef SYNC_ENGINE_HPP
#define SYNC_ENGINE_HPP

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "sync_engine.h"

namespace sync_engine {

using Milliseconds = std::chrono::milliseconds;

class Error : public std::runtime_error {
 public:
  Error(sync_engine_status status, const std::string& message, std::string remedy, std::string details)
      : std::runtime_error(message), status_(status), remedy_(std::move(remedy)), details_(std::move(details)) {}
  sync_engine_status code() const noexcept { return status_; }
  /** `document_not_found` and the like. */
  const char* name() const noexcept { return sync_engine_status_name(status_); }
  const std::string& remedy() const noexcept { return remedy_; }
  /** A JSON object, or empty. */
  const std::string& details() const noexcept { return details_; }

 private:
  sync_engine_status status_;
  std::string remedy_;
  std::string details_;
};

/** As sync_engine_options; what is left out is as there. */
struct Options {
  std::string database;
  std::optional<std::string> url{};
  std::optional<std::string> token{};
  std::optional<std::string> user_id{};
  std::optional<std::string> client_id{};
  std::optional<std::string> strategy{};
  std::optional<std::string> host_path{};
  std::optional<std::string> node_path{};
  sync_engine_log_level log_level = SYNC_ENGINE_LOG_WARN;
  /** Callbacks on a thread of the library; else on the one that calls `process_events`. */
  bool threaded_callbacks = false;
  bool start_offline = false;
  Milliseconds call_timeout{60'000};
  std::uint32_t max_queued_events = 10'000;
};

/** What a callback is told; the texts are valid until it returns. */
struct Event {
  sync_engine_event_type type;
  sync_engine_origin origin;
  /** Of a connection event: a sync_engine_connection_state; else -1. */
  std::int32_t connection;
  /** Of a sync error: a sync_engine_status; of a log line: its level. */
  std::int32_t status;
  std::uint64_t missed;
  std::string_view document_id;
  std::string_view message;
  std::string_view json;
};

using Callback = std::function<void(const Event&)>;

namespace detail {

inline void check(sync_engine_status status) {
  if (status == SYNC_ENGINE_OK) return;
  throw Error(status, sync_engine_last_error_message(), sync_engine_last_error_remedy(), sync_engine_last_error_details());
}

/** A text of the library's, taken over. */
class Text {
 public:
  Text() = default;
  Text(const Text&) = delete;
  Text& operator=(const Text&) = delete;
  ~Text() { sync_engine_free(text_); }
  char** out() noexcept { return &text_; }
  std::string take() const { return text_ == nullptr ? std::string() : std::string(text_); }

 private:
  char* text_ = nullptr;
};

inline const char* pointer(const std::optional<std::string>& text) noexcept { return text ? text->c_str() : nullptr; }
/** C takes 32 bits of milliseconds: more is as long as that. */
inline std::uint32_t milliseconds(Milliseconds time) noexcept {
  constexpr auto most = std::numeric_limits<std::uint32_t>::max();
  if (time.count() <= 0) return 0;
  return time.count() >= static_cast<std::int64_t>(most) ? most : static_cast<std::uint32_t>(time.count());
}
inline std::string_view view(const char* text) noexcept { return text == nullptr ? std::string_view() : text; }

/** What a callback on this thread has thrown, while `process_events` is at work. */
inline std::exception_ptr*& thrown() noexcept {
  thread_local std::exception_ptr* place = nullptr;
  return place;
}

struct Listener : std::enable_shared_from_this<Listener> {
  explicit Listener(Callback given) : callback(std::move(given)) {}
  Callback callback;

  static void called(const sync_engine_event* event, void* context) {
    // It may take itself off, or destroy its engine, while it runs.
    const auto self = static_cast<Listener*>(context)->shared_from_this();
    try {
      self->callback(Event{static_cast<sync_engine_event_type>(event->type),
                           static_cast<sync_engine_origin>(event->origin), event->connection, event->status,
                           event->missed, view(event->document_id), view(event->message), view(event->json)});
    } catch (...) {
      std::exception_ptr* place = thrown();
      if (place != nullptr && !*place) *place = std::current_exception();
    }
  }
};

}  // namespace detail

/** A callback that is called until this is destroyed. It may outlive its engine. */
class [[nodiscard]] Subscription {
 public:
  Subscription() = default;
  Subscription(Subscription&& other) noexcept { *this = std::move(other); }
  Subscription& operator=(Subscription&& other) noexcept {
    if (this == &other) return *this;
    reset();
    engine_ = std::exchange(other.engine_, nullptr);
    number_ = std::exchange(other.number_, 0);
    listener_ = std::move(other.listener_);
    return *this;
  }
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;
  ~Subscription() { reset(); }

  /** Takes the callback off: when this returns it is not running, but where it has called this itself. */
  void reset() noexcept {
    if (number_ != 0) sync_engine_unsubscribe(engine_, number_);
    number_ = 0;
    listener_.reset();
  }

 private:
  friend class Engine;
  Subscription(void* engine, std::uint64_t number, std::shared_ptr<detail::Listener> listener) noexcept
      : engine_(engine), number_(number), listener_(std::move(listener)) {}
  void* engine_ = nullptr;
  std::uint64_t number_ = 0;
  std::shared_ptr<detail::Listener> listener_;
};

/** The functions of sync_engine.h, without their prefix. A title that is left out stays as it is. */
class Engine {
 public:
  explicit Engine(const Options& options) {
    sync_engine_options given;
    detail::check(sync_engine_options_init(&given));
    given.database_path = options.database.c_str();
    given.server_url = detail::pointer(options.url);
    given.auth_token = detail::pointer(options.token);
    given.user_id = detail::pointer(options.user_id);
    given.client_id = detail::pointer(options.client_id);
    given.strategy = detail::pointer(options.strategy);
    given.host_path = detail::pointer(options.host_path);
    given.node_path = detail::pointer(options.node_path);
    given.log_level = options.log_level;
    given.callback_mode = options.threaded_callbacks ? SYNC_ENGINE_CALLBACKS_THREADED : SYNC_ENGINE_CALLBACKS_POLLED;
    given.start_offline = options.start_offline ? 1 : 0;
    given.call_timeout_ms = detail::milliseconds(options.call_timeout);
    given.max_queued_events = options.max_queued_events;
    detail::check(sync_engine_create_with_options(&given, &handle_));
  }
  Engine(Engine&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Engine& operator=(Engine&& other) noexcept {
    if (this != &other) {
      sync_engine_destroy(handle_);
      handle_ = std::exchange(other.handle_, nullptr);
    }
    return *this;
  }
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine() { sync_engine_destroy(handle_); }

  /** For the functions of sync_engine.h; it stays this object's. */
  void* handle() const noexcept { return handle_; }

  std::string create_document(const std::string& title, const std::string& content_json) {
    return text([&](char** out) { return sync_engine_create_document(handle_, title.c_str(), content_json.c_str(), out); });
  }
  std::string create_document_with_id(const std::string& id, const std::string& title, const std::string& content_json) {
    return text([&](char** out) {
      return sync_engine_create_document_with_id(handle_, id.c_str(), title.c_str(), content_json.c_str(), out);
    });
  }
  std::string update_document(const std::string& id, const std::optional<std::string>& title,
                              const std::optional<std::string>& content_json) {
    return text([&](char** out) {
      return sync_engine_update_document(handle_, id.c_str(), detail::pointer(title), detail::pointer(content_json), out);
    });
  }
  std::string merge_document(const std::string& id, const std::string& merge_json,
                             const std::optional<std::string>& title = std::nullopt) {
    return text([&](char** out) {
      return sync_engine_merge_document(handle_, id.c_str(), detail::pointer(title), merge_json.c_str(), out);
    });
  }
  std::string patch_document(const std::string& id, const std::string& patch_json,
                             const std::optional<std::string>& title = std::nullopt) {
    return text([&](char** out) {
      return sync_engine_patch_document(handle_, id.c_str(), detail::pointer(title), patch_json.c_str(), out);
    });
  }
  void delete_document(const std::string& id) { detail::check(sync_engine_delete_document(handle_, id.c_str())); }
  std::string restore_document(const std::string& id) {
    return text([&](char** out) { return sync_engine_restore_document(handle_, id.c_str(), out); });
  }
  /** Nothing where there is no such document. */
  std::optional<std::string> get_document(const std::string& id, bool include_deleted = false) const {
    detail::Text document;
    const std::uint32_t flags = include_deleted ? SYNC_ENGINE_DOCUMENT_INCLUDE_DELETED : SYNC_ENGINE_DOCUMENT_NONE;
    const auto status = sync_engine_get_document(handle_, id.c_str(), flags, document.out());
    if (status == SYNC_ENGINE_ERROR_DOCUMENT_NOT_FOUND) return std::nullopt;
    detail::check(status);
    return document.take();
  }
  std::string list_documents(const std::optional<std::string>& options_json = std::nullopt) const {
    return text([&](char** out) { return sync_engine_list_documents(handle_, detail::pointer(options_json), out); });
  }
  std::string find_documents(const std::string& where_json,
                             const std::optional<std::string>& options_json = std::nullopt) const {
    return text([&](char** out) {
      return sync_engine_find_documents(handle_, where_json.c_str(), detail::pointer(options_json), out);
    });
  }
  std::string search_documents(const std::string& words, std::uint32_t limit = 0) const {
    return text([&](char** out) { return sync_engine_search_documents(handle_, words.c_str(), limit, out); });
  }
  std::int64_t count_documents(bool include_deleted = false) const {
    std::int64_t count = 0;
    const std::uint32_t flags = include_deleted ? SYNC_ENGINE_DOCUMENT_INCLUDE_DELETED : SYNC_ENGINE_DOCUMENT_NONE;
    detail::check(sync_engine_count_documents(handle_, flags, &count));
    return count;
  }

  /** @param version 0 is the user's own latest change */
  std::string undo(const std::string& id, std::int64_t version = 0, bool force = false) {
    return text([&](char** out) { return sync_engine_undo(handle_, id.c_str(), version, undo_flags(force), out); });
  }
  std::string redo(const std::string& id, bool force = false) {
    return text([&](char** out) { return sync_engine_redo(handle_, id.c_str(), undo_flags(force), out); });
  }
  std::string revert(const std::string& id, std::int64_t version) {
    return text([&](char** out) { return sync_engine_revert(handle_, id.c_str(), version, out); });
  }
  std::string history(const std::string& id, std::uint32_t limit = 0, std::int64_t before_version = 0) const {
    return text([&](char** out) { return sync_engine_history(handle_, id.c_str(), limit, before_version, out); });
  }
  std::string document_at_version(const std::string& id, std::int64_t version) const {
    return text([&](char** out) { return sync_engine_document_at_version(handle_, id.c_str(), version, out); });
  }

  std::string conflicts(const std::optional<std::string>& options_json = std::nullopt) const {
    return text([&](char** out) { return sync_engine_conflicts(handle_, detail::pointer(options_json), out); });
  }
  void dismiss_conflict(const std::string& id) { detail::check(sync_engine_dismiss_conflict(handle_, id.c_str())); }
  std::string apply_conflict(const std::string& id) {
    return text([&](char** out) { return sync_engine_apply_conflict(handle_, id.c_str(), out); });
  }

  void connect() { detail::check(sync_engine_connect(handle_)); }
  void disconnect() { detail::check(sync_engine_disconnect(handle_)); }
  void sync_now() { detail::check(sync_engine_sync_now(handle_)); }
  /** @return whether it is, within that time */
  bool wait_until_synced(Milliseconds timeout) {
    const auto status = sync_engine_wait_until_synced(handle_, detail::milliseconds(timeout));
    if (status != SYNC_ENGINE_ERROR_TIMED_OUT) detail::check(status);
    return status == SYNC_ENGINE_OK;
  }
  std::string status() const { return text([&](char** out) { return sync_engine_get_status(handle_, out); }); }
  std::int64_t pending_count() const {
    std::int64_t count = 0;
    detail::check(sync_engine_pending_count(handle_, &count));
    return count;
  }

  /**
   * Calls back for what happens from now on, until the subscription is destroyed.
   * @param mask of SYNC_ENGINE_MASK(...)
   * @param document_id only what is about this one
   */
  Subscription on(std::uint32_t mask, Callback callback, const std::optional<std::string>& document_id = std::nullopt) {
    auto listener = std::make_shared<detail::Listener>(std::move(callback));
    std::uint64_t number = 0;
    detail::check(sync_engine_subscribe(handle_, mask, detail::pointer(document_id), &detail::Listener::called,
                                        listener.get(), &number));
    return Subscription(handle_, number, std::move(listener));
  }
  /**
   * Calls the callbacks of what has happened, on this thread. The first exception that a callback throws is thrown on from
   * here, once the others have been called.
   * @param timeout how long to wait for a first event
   * @param max_events 0 is as many as there are
   */
  std::uint32_t process_events(Milliseconds timeout = Milliseconds(0), std::uint32_t max_events = 0) {
    std::exception_ptr thrown;
    std::exception_ptr* const before = std::exchange(detail::thrown(), &thrown);
    std::uint32_t processed = 0;
    const auto status = sync_engine_process_events(handle_, max_events, detail::milliseconds(timeout), &processed);
    detail::thrown() = before;
    if (thrown) std::rethrow_exception(thrown);
    detail::check(status);
    return processed;
  }

 private:
  template <typename Call>
  static std::string text(Call&& call) {
    detail::Text result;
    detail::check(call(result.out()));
    return result.take();
  }
  static std::uint32_t undo_flags(bool force) noexcept { return force ? SYNC_ENGINE_UNDO_FORCE : SYNC_ENGINE_UNDO_NONE; }

  void* handle_ = nullptr;
};

}  // namespace sync_engine

#endif
