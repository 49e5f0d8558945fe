#include "boundary.hpp"

#include <cerrno>

namespace sync_engine_internal {

namespace {

/// How many bytes the sign that begins here has; 0 where it is none (RFC 3629).
std::size_t signLength(const unsigned char* sign, std::size_t left) noexcept {
  const auto follows = [&](std::size_t at, unsigned char low, unsigned char high) {
    return at < left && sign[at] >= low && sign[at] <= high;
  };
  const unsigned char first = sign[0];
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return follows(1, 0x80, 0xbf) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const unsigned char low = first == 0xe0 ? 0xa0 : 0x80;
    // Halves of surrogate pairs are no signs.
    const unsigned char high = first == 0xed ? 0x9f : 0xbf;
    return follows(1, low, high) && follows(2, 0x80, 0xbf) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const unsigned char low = first == 0xf0 ? 0x90 : 0x80;
    const unsigned char high = first == 0xf4 ? 0x8f : 0xbf;
    return follows(1, low, high) && follows(2, 0x80, 0xbf) && follows(3, 0x80, 0xbf) ? 4 : 0;
  }
  return 0;
}

}  // namespace

bool isUtf8(const char* text, std::size_t length) noexcept {
  const auto* bytes = reinterpret_cast<const unsigned char*>(text);
  for (std::size_t at = 0; at < length;) {
    const std::size_t sign = signLength(bytes + at, length - at);
    if (sign == 0) return false;
    at += sign;
  }
  return true;
}

const char* requiredText(const char* text, const char* name) {
  if (text == nullptr) throw failureOf(SYNC_ENGINE_ERROR_NULL_ARGUMENT, std::string(name) + " is NULL");
  return optionalText(text, name);
}

const char* optionalText(const char* text, const char* name) {
  if (text == nullptr) return nullptr;
  const std::size_t length = strnlen(text, kMaxTextBytes + 1);
  if (length > kMaxTextBytes) {
    const std::string limit = std::to_string(kMaxTextBytes);
    throw failureOf(SYNC_ENGINE_ERROR_INVALID_ARGUMENT, std::string(name) + " is over " + limit + " bytes long");
  }
  if (!isUtf8(text, length)) throw failureOf(SYNC_ENGINE_ERROR_NOT_UTF8, std::string(name) + " is not UTF-8");
  return text;
}

void requiredOut(const void* out, const char* name) {
  if (out == nullptr) throw failureOf(SYNC_ENGINE_ERROR_NULL_ARGUMENT, std::string(name) + " is NULL");
}

void handOver(const std::string& text, char** out) {
  if (out == nullptr) return;
  char* copy = static_cast<char*>(std::malloc(text.size() + 1));
  if (copy == nullptr) throw std::bad_alloc();
  std::memcpy(copy, text.c_str(), text.size() + 1);
  *out = copy;
}

std::int64_t countOf(const std::string& text) {
  errno = 0;
  char* end = nullptr;
  const long long count = std::strtoll(text.c_str(), &end, 10);
  if (errno != 0 || end == text.c_str() || *end != '\0') {
    throw failureOf(SYNC_ENGINE_ERROR_INTERNAL, "the host answered with what is no number");
  }
  return count;
}

}  // namespace sync_engine_internal
