// The library's end of the socket pair: calls go out, answers and events come in, and a host that dies is started again.
//
// - One thread of the link's own starts the host and reaps it. It never calls the application and never waits for it.
// - One thread at a time reads the socket: a caller that waits for its answer and finds nobody else reading (it leads), or the
//   link's thread. Whoever reads passes on what is for others, and never calls the application to do so.
// - A call is answered exactly once: by the host, or by a failure when the host dies, the time is up or the engine closes.
// - Engines that are open are opened again in each new host, with what they were opened with.
// Lock order: writeMutex_ before mutex_, and neither while anything is waited for but the socket, or that its reader leaves it.
#pragma once
#include <sys/types.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "backend.hpp"
#include "events.hpp"
#include "failure.hpp"
#include "frame.hpp"
#include "host_process.hpp"
#include "socket_watch.hpp"

namespace sync_engine_internal {

/// An engine as its host knows it.
struct HostedEngine {
  std::uint32_t number = 0;
  /// All fields of its opening but the mask of events.
  std::string openingFields;
  std::shared_ptr<Events> events;
  std::atomic<std::uint32_t> mask{0};
  // The rest is the link's, under its mutex.
  bool established = false;
  bool opening = false;
  /// The host in which it is open; 0 is none.
  std::uint64_t openIn = 0;
  Failure reopening;
  Clock::time_point retryAt{};
  std::chrono::milliseconds retryDelay{0};
};

class HostLink : public std::enable_shared_from_this<HostLink> {
 public:
  explicit HostLink(HostCommand command) : command_(std::move(command)) {}
  HostLink(const HostLink&) = delete;
  HostLink& operator=(const HostLink&) = delete;

  /// Opens it in the host. @throws Failure
  void open(const std::shared_ptr<HostedEngine>& engine, std::chrono::milliseconds timeout);
  /// @throws Failure
  Reply call(const std::shared_ptr<HostedEngine>& engine, Operation operation, const std::string& body,
             std::chrono::milliseconds timeout);
  /// Ends what waits for this engine, and lets the host close it. @param whole waits until it has
  void close(const std::shared_ptr<HostedEngine>& engine, std::chrono::milliseconds timeout) noexcept;

  void start();
  /// Ends the host and the thread.
  void stop() noexcept;
  /// After a fork, in the child: the parent's socket is not to be kept open by it.
  void abandon() noexcept;
  pid_t hostPid() const;

 private:
  enum class State { kStarting, kUp, kDown };

  struct PendingCall {
    std::condition_variable answered;
    bool done = false;
    Reply reply;
    Failure failure;
    std::uint32_t engine = 0;
    /// Nobody waits for it: an engine that is being opened again.
    std::shared_ptr<HostedEngine> reopened;
  };

  void run() noexcept;
  void serve(const HostProcess& process);
  /// Has the thread read, unless a caller leads. @return whether there can be more to come
  bool readAsThread() noexcept;
  /// Reads for all until this call is done, its time is up or the host ends; at once where another reads.
  void lead(const PendingCall& call, Clock::time_point deadline, std::unique_lock<std::mutex>& lock) noexcept;
  bool readAvailable(bool all) noexcept;
  bool receive(Frame&& frame);
  void receiveResponse(Frame&& frame);
  void receiveEvent(const Frame& frame);
  bool cameUp(std::int32_t protocol);
  void wentDown() noexcept;
  /// Opens what is due to be opened again. @return when the next is due
  Clock::time_point reopenDue();
  void reopened(HostedEngine& engine, const Frame& frame);
  std::uint64_t enter(const std::shared_ptr<PendingCall>& call);
  bool send(const std::string& bytes, std::uint64_t host, Clock::time_point deadline);
  bool sendAll(const std::string& bytes, Clock::time_point deadline);
  Reply await(std::uint64_t id, PendingCall& call, Clock::time_point deadline);
  void failCalls(const Failure& failure, std::uint32_t engine);
  std::string openingBody(const HostedEngine& engine) const;

  const HostCommand command_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  State state_ = State::kStarting;
  bool stopping_ = false;
  Failure notStarted_;
  /// How many starts have failed in a row, and which host this is.
  std::uint64_t failedStarts_ = 0;
  std::uint64_t host_ = 0;
  pid_t pid_ = -1;
  std::map<std::uint64_t, std::shared_ptr<PendingCall>> pending_;
  std::uint64_t nextCall_ = 1;
  std::map<std::uint32_t, std::shared_ptr<HostedEngine>> engines_;
  Clock::time_point lastHeard_{};

  /// Somebody reads, without the mutex: nobody else does meanwhile, and the socket stays open.
  bool reading_ = false;
  std::condition_variable hasRead_;
  /// The call whose caller leads, if one does.
  const PendingCall* leader_ = nullptr;
  /// The host has ended, or talks nonsense: the thread is to do away with it.
  bool ended_ = false;
  // Those two are of whoever reads.
  FrameReader reader_;
  std::vector<char> bytes_;

  SocketWatch watch_;
  std::mutex writeMutex_;
  std::atomic<int> socket_{-1};
  std::thread thread_;
};

/// Held while a link is looked for, made or let go of.
std::mutex& linksMutex() noexcept;
/// The link of a command, made where there is none; each one that is taken has to be let go of. @throws Failure
std::shared_ptr<HostLink> takeLink(const HostCommand& command);
/// The last one that lets go ends the host.
void letGoOfLink(const HostCommand& command) noexcept;
/// In a child after a fork, with the mutex held.
void abandonLinks() noexcept;

}  // namespace sync_engine_internal
