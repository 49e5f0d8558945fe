// Documents from C++, and what happens to them: prints every change until its input ends.
//   console DATABASE [SERVER_URL]      a line of input is the title of a new document
#include <atomic>
#include <iostream>
#include <string>
#include <sync_engine.hpp>

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: " << argv[0] << " DATABASE [SERVER_URL]\n";
    return 2;
  }
  try {
    sync_engine::Options options;
    options.database = argv[1];
    if (argc > 2) options.url = argv[2];
    options.token = "demo-token";
    options.threaded_callbacks = true;
    sync_engine::Engine engine(options);

    const auto changes = engine.on(SYNC_ENGINE_MASK_DOCUMENTS, [&](const sync_engine::Event& event) {
      // A callback may call the engine; a document that was deleted is not there any more.
      const auto document = engine.get_document(std::string(event.document_id), true);
      std::cout << (event.origin == SYNC_ENGINE_ORIGIN_REMOTE ? "remote " : "local ") << document.value_or("") << std::endl;
    });
    for (std::string title; std::getline(std::cin, title);) engine.create_document(title, R"({"status":"pending"})");
    if (options.url && !engine.wait_until_synced(std::chrono::seconds(20))) std::cerr << "not synced in time\n";
  } catch (const sync_engine::Error& error) {
    std::cerr << error.name() << ": " << error.what() << ". " << error.remedy() << "\n";
    return 1;
  }
}
