// Waiting for the host's socket: by the link's thread, or in its place by the one caller that leads.
//
// While a caller leads, the thread sleeps on through whatever comes in; handing the socket over wakes nobody.
#pragma once
#include "backend.hpp"

namespace sync_engine_internal {

class SocketWatch {
 public:
  SocketWatch() = default;
  SocketWatch(const SocketWatch&) = delete;
  SocketWatch& operator=(const SocketWatch&) = delete;
  ~SocketWatch() { closeAll(); }

  /// Called once, before anything else. @throws Failure `host_not_started`
  void open();
  /// Also after a fork, in the child.
  void closeAll() noexcept;

  /// The socket of a host that was started, for the thread to wait for. @throws Failure `host_not_started`
  void add(int socket);
  /// Before it is closed.
  void remove() noexcept;
  void takeFromThread() noexcept;
  void giveToThread() noexcept;

  /// Until the socket is the thread's and can be read, the thread is woken, or the time is up. @return whether it can be read
  bool waitAsThread(int timeoutMs) const noexcept;
  /// Until the socket can be read, the leader is woken, or the time is up. @return whether it can be read
  bool waitAsLeader(Clock::time_point deadline) const noexcept;
  void wakeThread() const noexcept;
  /// Where nobody leads, the next one that does is woken once for nothing.
  void wakeLeader() const noexcept;

 private:
  void set(bool forThread) const noexcept;

  int epoll_ = -1;
  int threadEvent_ = -1;
  int leaderEvent_ = -1;
  int socket_ = -1;
};

}  // namespace sync_engine_internal
