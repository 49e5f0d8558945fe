// Whether creating and destroying engines leaves anything behind: memory here and in the host, descriptors, threads, processes.
//   engine-cycles CYCLES STARTS      prints what there was before and after as JSON
#include <fstream>
#include <iostream>

#include "../harness.hpp"

namespace {

using testing::Engine;

std::size_t hostKib() {
  const auto children = testing::childProcesses();
  if (children.size() != 1) return 0;
  std::ifstream status("/proc/" + std::to_string(children[0]) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmRSS:", 0) == 0) return std::stoul(line.substr(6));
  }
  return 0;
}

void ignore(const sync_engine_event*, void*) {}

void cycle() {
  const Engine engine("cycle", Engine::kOffline,
                      [](sync_engine_options& options) { options.callback_mode = SYNC_ENGINE_CALLBACKS_THREADED; });
  std::uint64_t number = 0;
  OK(sync_engine_subscribe(engine, SYNC_ENGINE_MASK_ALL, nullptr, ignore, nullptr, &number));
  std::int64_t count = 0;
  OK(sync_engine_count_documents(engine, 0, &count));
}

void print(const char* when) {
  std::cout << "{\"when\":\"" << when << "\",\"kib\":" << testing::residentKib() << ",\"host_kib\":" << hostKib()
            << ",\"descriptors\":" << testing::openDescriptors() << ",\"threads\":" << testing::threadCount()
            << ",\"processes\":" << testing::childProcesses().size() << "}" << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const int cycles = std::atoi(argv[1]);
  const int starts = std::atoi(argv[2]);
  print("nothing");
  {
    // While one engine lives, so does the host.
    const Engine keeper("keeper");
    for (int i = 0; i < cycles / 4; ++i) cycle();
    print("warm");
    for (int i = cycles / 4; i < cycles; ++i) cycle();
    print("cycled");
  }
  for (int i = 0; i < starts; ++i) cycle();
  print("started");
}
