// Just enough JSON for the examples, so that they need no library. Use a real one in a real program.
#pragma once
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// A value; texts and numbers as text, unescaped only as far as ordinary text goes.
struct Json {
  std::string text;
  std::vector<Json> items;
  std::map<std::string, Json> members;
  std::string get(const std::string& name) const {
    const auto found = members.find(name);
    return found == members.end() ? "" : found->second.text;
  }
};

class JsonReader {
 public:
  explicit JsonReader(std::string_view json) : rest_(json) {}
  Json read() {
    Json value;
    switch (peek()) {
      case '{':
        for (char sign = take(); sign != '}' && peek() != '}'; sign = take()) {
          std::string name = string();
          take();
          value.members.emplace(std::move(name), read());
          if (peek() == '}') break;
        }
        take();
        break;
      case '[':
        for (char sign = take(); sign != ']' && peek() != ']'; sign = take()) {
          value.items.push_back(read());
          if (peek() == ']') break;
        }
        take();
        break;
      case '"':
        value.text = string();
        break;
      default:
        while (!rest_.empty() && std::string_view(",]}").find(peek()) == std::string_view::npos) value.text += take();
    }
    return value;
  }

 private:
  char peek() const { return rest_.empty() ? '\0' : rest_.front(); }
  char take() {
    const char sign = peek();
    if (!rest_.empty()) rest_.remove_prefix(1);
    return sign;
  }
  std::string string() {
    std::string text;
    take();
    while (!rest_.empty() && peek() != '"') {
      if (peek() == '\\') take();
      text += take();
    }
    take();
    return text;
  }
  std::string_view rest_;
};

/// A text as JSON, quotes included.
inline std::string quoted(const std::string& text) {
  std::string json = "\"";
  for (const char sign : text) {
    if (sign == '"' || sign == '\\') json += '\\';
    if (static_cast<unsigned char>(sign) >= 0x20) json += sign;
  }
  return json + "\"";
}
