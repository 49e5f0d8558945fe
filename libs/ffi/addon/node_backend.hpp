// An engine whose calls JavaScript carries out, in this process: from any thread but JavaScript's own.
#pragma once
#include <napi.h>

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "backend.hpp"
#include "failure.hpp"

namespace sync_engine_internal {

/// What calls and JavaScript share. It outlives both: a call may be answered when nobody waits for it any more.
class NodeCalls {
 public:
  /// @return the number of a call that waits for its answer
  std::uint64_t enter();
  /// @throws Failure
  Reply await(std::uint64_t call, std::chrono::milliseconds timeout);
  void answer(std::uint64_t call, Reply reply);
  /// No more calls: those that wait fail.
  void end() noexcept;
  bool hasEnded();

 private:
  struct Pending {
    bool done = false;
    Reply reply;
  };
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint64_t, Pending> pending_;
  std::uint64_t next_ = 1;
  bool ended_ = false;
};

class NodeBackend final : public Backend {
 public:
  /// @param carryOut `(call, operation, fields)` in JavaScript, which answers by `answer`
  NodeBackend(Napi::Env env, const Napi::Function& carryOut, std::shared_ptr<NodeCalls> calls);
  Reply call(Operation operation, const std::string& body, std::chrono::milliseconds timeout) override;
  void listen(std::uint32_t mask, std::chrono::milliseconds timeout) override;
  void close() noexcept override;

 private:
  const std::thread::id javascript_ = std::this_thread::get_id();
  const std::shared_ptr<NodeCalls> calls_;
  Napi::ThreadSafeFunction carryOut_;
};

}  // namespace sync_engine_internal
