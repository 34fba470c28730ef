#include "relay/kafka/jaas.h"

#include <algorithm>
#include <cctype>

namespace penstock {

namespace {

bool is_blank(char c) {
  return std::isspace(static_cast<unsigned char>(c)) != 0;
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : left_(text) {}

  // A word up to a blank, '=' or ';'. Empty at the end and before these.
  std::string word() {
    skip_blanks();
    size_t size = 0;
    while (size < left_.size() && !is_blank(left_[size]) && left_[size] != '=' && left_[size] != ';') ++size;
    std::string word(left_.substr(0, size));
    left_.remove_prefix(size);
    return word;
  }

  bool take(char c) {
    skip_blanks();
    if (left_.empty() || left_.front() != c) return false;
    left_.remove_prefix(1);
    return true;
  }

  // A quoted text or a word. In quotes a backslash takes the next character as it is; the \n and octal forms of
  // java.io.StreamTokenizer, which Kafka reads these lines with, have no place in a password.
  std::optional<std::string> value() {
    skip_blanks();
    if (left_.empty()) return std::nullopt;
    const char quote = left_.front();
    if (quote != '"' && quote != '\'') {
      std::string bare = word();
      if (bare.empty()) return std::nullopt;
      return bare;
    }
    left_.remove_prefix(1);
    std::string text;
    while (!left_.empty() && left_.front() != quote) {
      if (left_.front() == '\\' && left_.size() > 1) left_.remove_prefix(1);
      text += left_.front();
      left_.remove_prefix(1);
    }
    if (!take(quote)) return std::nullopt;
    return text;
  }

  bool at_end() {
    skip_blanks();
    return left_.empty();
  }

 private:
  void skip_blanks() {
    while (!left_.empty() && is_blank(left_.front())) left_.remove_prefix(1);
  }

  std::string_view left_;
};

bool is_flag(std::string word) {
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return word == "required" || word == "requisite" || word == "sufficient" || word == "optional";
}

}  // namespace

std::string_view JaasEntry::module_name() const {
  const size_t dot = module.rfind('.');
  return std::string_view(module).substr(dot == std::string::npos ? 0 : dot + 1);
}

std::string JaasEntry::option(std::string_view name) const {
  const auto found = options.find(name);
  return found == options.end() ? std::string() : found->second;
}

std::optional<JaasEntry> parse_jaas(std::string_view text) {
  Scanner scanner(text);
  JaasEntry entry;
  entry.module = scanner.word();
  if (entry.module.empty() || !is_flag(scanner.word())) return std::nullopt;
  while (!scanner.take(';')) {
    const std::string name = scanner.word();
    if (name.empty() || !scanner.take('=')) return std::nullopt;
    auto value = scanner.value();
    if (!value) return std::nullopt;
    entry.options[name] = std::move(*value);
  }
  if (!scanner.at_end()) return std::nullopt;
  return entry;
}

}  // namespace penstock
