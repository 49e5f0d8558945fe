// Runs the cases that are named, or all of them.
#include "harness.hpp"

int main(int argc, char** argv) {
  const std::vector<std::string> wanted(argv + 1, argv + argc);
  return testing::runAll(wanted) == 0 ? 0 : 1;
}
