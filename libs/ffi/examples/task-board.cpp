// A task board that syncs live with the terminal client: its tasks are the same documents.
//   task-board DATABASE SERVER_URL [USER_ID]
// Commands: add TITLE, start N, done N, drop N, title N TEXT, undo N, offline, online, sync, list, quit
#include <poll.h>
#include <unistd.h>

#include <iostream>
#include <sstream>
#include <string>
#include <sync_engine.hpp>
#include <vector>

#include "json_reader.hpp"

namespace {

using std::chrono::seconds;

class Board {
 public:
  explicit Board(const sync_engine::Options& options)
      : engine_(options), news_(engine_.on(SYNC_ENGINE_MASK_DOCUMENTS | SYNC_ENGINE_MASK(SYNC_ENGINE_EVENT_CONNECTION),
                                           [this](const sync_engine::Event& event) { heard(event); })) {}

  void list() {
    tasks_ = JsonReader(engine_.list_documents(R"({"order_by":"created_at"})")).read().items;
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      const Json& task = tasks_[i];
      const auto content = task.members.find("content");
      const std::string status = content == task.members.end() ? "" : content->second.get("status");
      const char* mark = status == "completed" ? "[x]" : status == "in_progress" ? "[~]" : "[ ]";
      std::cout << i + 1 << " " << mark << " " << task.get("title");
      if (task.get("pending") == "true") std::cout << " (not sent yet)";
      if (task.get("conflicted") == "true") std::cout << " (a change of yours lost)";
      std::cout << "\n";
    }
    std::cout << tasks_.size() << " tasks" << std::endl;
  }

  /// @return whether to go on
  bool obey(const std::string& line) {
    std::istringstream words(line);
    std::string command;
    words >> command >> std::ws;
    if (command == "quit") return false;
    if (command == "add") {
      std::string title;
      std::getline(words, title);
      engine_.create_document(title, "{\"title\":" + quoted(title) + R"(,"status":"pending","priority":"medium","tags":[]})");
    } else if (command == "offline") {
      engine_.disconnect();
    } else if (command == "online") {
      engine_.connect();
    } else if (command == "sync") {
      std::cout << (engine_.wait_until_synced(seconds(20)) ? "synced" : "not synced in time") << std::endl;
    } else if (command == "list") {
      list();
    } else {
      std::size_t number = 0;
      words >> number >> std::ws;
      change(command, number, words);
    }
    return true;
  }

  /// What has happened since the last time, on this thread.
  void hear() { engine_.process_events(); }

 private:
  void change(const std::string& command, std::size_t number, std::istringstream& words) {
    if (number < 1 || number > tasks_.size()) {
      std::cout << "list first, then name one of its numbers" << std::endl;
      return;
    }
    const std::string id = tasks_[number - 1].get("id");
    if (command == "start") engine_.merge_document(id, R"({"status":"in_progress"})");
    if (command == "done") engine_.merge_document(id, R"({"status":"completed"})");
    if (command == "drop") engine_.delete_document(id);
    if (command == "undo") engine_.undo(id);
    if (command == "title") {
      std::string title;
      std::getline(words, title);
      engine_.merge_document(id, "{\"title\":" + quoted(title) + "}", title);
    }
  }

  void heard(const sync_engine::Event& event) {
    if (event.type == SYNC_ENGINE_EVENT_CONNECTION) {
      if (event.connection == SYNC_ENGINE_CONNECTION_ONLINE) std::cout << "online" << std::endl;
      return;
    }
    if (event.origin != SYNC_ENGINE_ORIGIN_REMOTE) return;
    const std::string document = engine_.get_document(std::string(event.document_id), true).value_or("{}");
    std::cout << "news of " << JsonReader(document).read().get("title") << std::endl;
  }

  sync_engine::Engine engine_;
  std::vector<Json> tasks_;
  sync_engine::Subscription news_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: " << argv[0] << " DATABASE SERVER_URL [USER_ID]\n";
    return 2;
  }
  // So that in_avail() knows of lines that have been read already.
  std::ios::sync_with_stdio(false);
  try {
    sync_engine::Options options;
    options.database = argv[1];
    options.url = argv[2];
    options.token = "demo-token";
    if (argc > 3) options.user_id = argv[3];
    Board board(options);
    for (std::string line;;) {
      // As a program with a window would do it by a timer: input and news take turns on one thread.
      board.hear();
      pollfd input{STDIN_FILENO, POLLIN, 0};
      if (std::cin.rdbuf()->in_avail() <= 0 && poll(&input, 1, 50) == 0) continue;
      if (!std::getline(std::cin, line)) break;
      try {
        if (!board.obey(line)) break;
      } catch (const sync_engine::Error& error) {
        std::cout << error.name() << ": " << error.what() << std::endl;
      }
    }
  } catch (const sync_engine::Error& error) {
    std::cerr << error.name() << ": " << error.what() << ". " << error.remedy() << "\n";
    return 1;
  }
}
