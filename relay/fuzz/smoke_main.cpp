// Runs a fuzz target without libFuzzer: on every file of a corpus, then on damaged copies of them.
// usage: NAME CORPUS [ROUNDS [SEED]]
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

// Exactly as large as it is, so that sanitizers see what is read beyond.
void run(const std::string& input) {
  const std::vector<uint8_t> bytes(input.begin(), input.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

std::string damage(std::string input, const std::vector<std::string>& corpus, std::mt19937_64& random) {
  if (random() % 4 == 0) input.resize(random() % (input.size() + 1));
  if (random() % 8 == 0) input += corpus[random() % corpus.size()];
  for (uint64_t hits = random() % 6; hits > 0 && !input.empty(); --hits) {
    input[random() % input.size()] = static_cast<char>(random() % 3 == 0 ? 0xFF : random());
  }
  return input;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s CORPUS [ROUNDS [SEED]]\n", argv[0]);
    return 2;
  }
  std::vector<std::string> corpus;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
    std::ifstream file(entry.path(), std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    run(corpus.back());
  }
  if (corpus.empty()) {
    std::fprintf(stderr, "%s: no files\n", argv[1]);
    return 1;
  }
  const uint64_t rounds = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 20000;
  const uint64_t seed = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : std::random_device()();
  std::printf("%zu files, %lu rounds, seed %lu\n", corpus.size(), static_cast<unsigned long>(rounds),
              static_cast<unsigned long>(seed));
  std::fflush(stdout);
  std::mt19937_64 random(seed);
  for (uint64_t round = 0; round < rounds; ++round) run(damage(corpus[random() % corpus.size()], corpus, random));
  return 0;
}
