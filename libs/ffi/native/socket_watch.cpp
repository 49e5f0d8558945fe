#include "socket_watch.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>

#include "failure.hpp"

namespace sync_engine_internal {

namespace {

Failure noWatch(const char* what) {
  return failureOf(SYNC_ENGINE_ERROR_HOST_NOT_STARTED, std::string(what) + ": " + std::strerror(errno));
}

void signal(int event) noexcept {
  const std::uint64_t one = 1;
  // A full counter wakes as well as this would.
  [[maybe_unused]] const auto written = write(event, &one, sizeof one);
}

void clear(int event) noexcept {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto taken = read(event, &count, sizeof count);
}

}  // namespace

void SocketWatch::open() {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  threadEvent_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  leaderEvent_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (epoll_ < 0 || threadEvent_ < 0 || leaderEvent_ < 0) throw noWatch("no descriptors could be made");
  epoll_event wanted{};
  wanted.events = EPOLLIN;
  wanted.data.fd = threadEvent_;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, threadEvent_, &wanted) != 0) throw noWatch("no events could be waited for");
}

void SocketWatch::closeAll() noexcept {
  for (int* descriptor : {&epoll_, &threadEvent_, &leaderEvent_}) {
    if (*descriptor >= 0) close(*descriptor);
    *descriptor = -1;
  }
}

void SocketWatch::add(int socket) {
  epoll_event wanted{};
  wanted.events = EPOLLIN | EPOLLONESHOT;
  wanted.data.fd = socket;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &wanted) != 0) throw noWatch("the host's socket could not be waited for");
  socket_ = socket;
}

void SocketWatch::remove() noexcept {
  // Closing does not do it where a child that was forked off still has the socket.
  if (socket_ >= 0) epoll_ctl(epoll_, EPOLL_CTL_DEL, socket_, nullptr);
  socket_ = -1;
}

void SocketWatch::takeFromThread() noexcept { set(false); }
void SocketWatch::giveToThread() noexcept { set(true); }

void SocketWatch::set(bool forThread) const noexcept {
  if (socket_ < 0) return;
  epoll_event wanted{};
  // The end of the socket is told without being asked for: once, so that the thread does not go round while the leader sees to it.
  wanted.events = EPOLLONESHOT | (forThread ? EPOLLIN : 0u);
  wanted.data.fd = socket_;
  epoll_ctl(epoll_, EPOLL_CTL_MOD, socket_, &wanted);
}

bool SocketWatch::waitAsThread(int timeoutMs) const noexcept {
  std::array<epoll_event, 2> events{};
  const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), timeoutMs);
  bool readable = false;
  for (int i = 0; i < count; ++i) {
    if (events[static_cast<std::size_t>(i)].data.fd == threadEvent_) {
      clear(threadEvent_);
    } else {
      readable = true;
    }
  }
  return readable;
}

bool SocketWatch::waitAsLeader(Clock::time_point deadline) const noexcept {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  std::array<pollfd, 2> waiting{{{socket_, POLLIN, 0}, {leaderEvent_, POLLIN, 0}}};
  const auto most = static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
  if (poll(waiting.data(), waiting.size(), most) <= 0) return false;
  if (waiting[1].revents != 0) clear(leaderEvent_);
  return waiting[0].revents != 0;
}

void SocketWatch::wakeThread() const noexcept { signal(threadEvent_); }
void SocketWatch::wakeLeader() const noexcept { signal(leaderEvent_); }

}  // namespace sync_engine_internal
