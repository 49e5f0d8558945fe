// uses_sync_engine DATABASE: makes a document and prints it.
#include <iostream>
#include <sync_engine.hpp>

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  try {
    sync_engine::Options options;
    options.database = argv[1];
    sync_engine::Engine engine(options);
    std::cout << engine.create_document("Milk", R"({"litres":1})") << std::endl;
  } catch (const sync_engine::Error& error) {
    std::cerr << error.name() << ": " << error.what() << std::endl;
    return 1;
  }
}
