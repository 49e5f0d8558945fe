#include "node_backend.hpp"

#include <array>
#include <utility>

#include "frame.hpp"

namespace sync_engine_internal {

namespace {

/// By Node-API itself: its wrapper ends the program where JavaScript is on its way out and takes no exception any more.
/// @return whether it could be called
bool callJavaScript(napi_env env, napi_value function, double call, double operation, const std::string& body) noexcept {
  std::array<napi_value, 3> arguments{};
  napi_value receiver = nullptr;
  return napi_get_undefined(env, &receiver) == napi_ok && napi_create_double(env, call, &arguments[0]) == napi_ok &&
         napi_create_double(env, operation, &arguments[1]) == napi_ok &&
         napi_create_buffer_copy(env, body.size(), body.data(), nullptr, &arguments[2]) == napi_ok &&
         napi_call_function(env, receiver, function, arguments.size(), arguments.data(), nullptr) == napi_ok;
}

Failure closed() { return failureOf(SYNC_ENGINE_ERROR_CLIENT_CLOSED, "the engine, or the JavaScript behind it, has ended"); }

}  // namespace

std::uint64_t NodeCalls::enter() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (ended_) throw closed();
  pending_.emplace(next_, Pending{});
  return next_++;
}

Reply NodeCalls::await(std::uint64_t call, std::chrono::milliseconds timeout) {
  std::unique_lock<std::mutex> lock(mutex_);
  const auto deadline = Clock::now() + timeout;
  const bool answered = changed_.wait_until(lock, deadline, [&] { return pending_.at(call).done || ended_; });
  Pending pending = std::move(pending_.at(call));
  pending_.erase(call);
  if (pending.done) return std::move(pending.reply);
  if (!answered) throw failureOf(SYNC_ENGINE_ERROR_TIMED_OUT, "JavaScript did not answer in time; it may yet be done");
  throw closed();
}

void NodeCalls::answer(std::uint64_t call, Reply reply) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = pending_.find(call);
  if (found == pending_.end()) return;
  found->second.reply = std::move(reply);
  found->second.done = true;
  changed_.notify_all();
}

void NodeCalls::end() noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

bool NodeCalls::hasEnded() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return ended_;
}

NodeBackend::NodeBackend(Napi::Env env, const Napi::Function& carryOut, std::shared_ptr<NodeCalls> calls)
    : calls_(std::move(calls)),
      carryOut_(Napi::ThreadSafeFunction::New(env, carryOut, "sync_engine", 0, 1, [calls = calls_](Napi::Env) { calls->end(); })) {
  // An engine that nobody calls does not keep the process alive.
  carryOut_.Unref(env);
}

Reply NodeBackend::call(Operation operation, const std::string& body, std::chrono::milliseconds timeout) {
  if (std::this_thread::get_id() == javascript_) {
    throw failureOf(SYNC_ENGINE_ERROR_WOULD_DEADLOCK, "a call on the thread of the JavaScript that would have to answer it");
  }
  const std::uint64_t call = calls_->enter();
  const auto hand = [call, operation, body, calls = calls_](Napi::Env env, Napi::Function carryOut) {
    // One that waited in line when the engine was closed is not carried out any more.
    if (env == nullptr || carryOut.IsEmpty() || calls->hasEnded()) return;
    if (callJavaScript(env, carryOut, static_cast<double>(call), static_cast<double>(operation), body)) return;
    // A worker that was terminated, or a process at its end: no JavaScript runs here any more.
    napi_value exception = nullptr;
    napi_get_and_clear_last_exception(env, &exception);
    calls->end();
  };
  if (carryOut_.NonBlockingCall(hand) != napi_ok) calls_->end();
  return calls_->await(call, timeout);
}

void NodeBackend::listen(std::uint32_t mask, std::chrono::milliseconds timeout) {
  Fields fields;
  fields.add(static_cast<std::int64_t>(mask));
  call(Operation::kListen, fields.body(), timeout);
}

void NodeBackend::close() noexcept {
  if (calls_->hasEnded()) return;
  calls_->end();
  carryOut_.Release();
}

}  // namespace sync_engine_internal
