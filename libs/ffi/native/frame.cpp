#include "frame.hpp"

#include <array>

namespace sync_engine_internal {

namespace {

void put(std::string& bytes, std::uint64_t value, int count) {
  for (int i = 0; i < count; ++i) bytes.push_back(static_cast<char>((value >> (8 * i)) & 0xff));
}

std::uint64_t take(std::string_view bytes, std::size_t offset, int count) {
  std::uint64_t value = 0;
  for (int i = 0; i < count; ++i) {
    value |= std::uint64_t{static_cast<unsigned char>(bytes[offset + static_cast<std::size_t>(i)])} << (8 * i);
  }
  return value;
}

}  // namespace

std::string encodeFrame(Kind kind, std::uint32_t engine, std::int32_t code, std::uint64_t id, std::string_view body) {
  std::string bytes;
  bytes.reserve(kHeaderBytes + body.size());
  put(bytes, body.size(), 4);
  put(bytes, static_cast<std::uint8_t>(kind), 4);
  put(bytes, engine, 4);
  put(bytes, static_cast<std::uint32_t>(code), 4);
  put(bytes, id, 6);
  put(bytes, 0, 2);
  bytes.append(body);
  return bytes;
}

Fields& Fields::add(std::string_view text) {
  put(body_, text.size(), 4);
  body_.append(text);
  return *this;
}

Fields& Fields::add(const char* text) {
  if (text != nullptr) return add(std::string_view(text));
  put(body_, kNullField, 4);
  return *this;
}

Fields& Fields::add(std::int64_t number) { return add(std::string_view(std::to_string(number))); }

Fields& Fields::add(const std::optional<std::string>& text) { return add(text ? text->c_str() : nullptr); }

std::optional<std::vector<Field>> decodeFields(std::string_view body) {
  std::vector<Field> fields;
  std::size_t offset = 0;
  while (offset < body.size()) {
    if (body.size() - offset < 4) return std::nullopt;
    const auto length = static_cast<std::uint32_t>(take(body, offset, 4));
    offset += 4;
    if (length == kNullField) {
      fields.emplace_back();
      continue;
    }
    if (length > body.size() - offset) return std::nullopt;
    fields.emplace_back(std::string(body.substr(offset, length)));
    offset += length;
  }
  return fields;
}

std::optional<Frame> FrameReader::next(bool& broken) {
  broken = false;
  const std::string_view rest = std::string_view(held_).substr(taken_);
  if (rest.size() < kHeaderBytes) {
    held_.erase(0, taken_);
    taken_ = 0;
    return std::nullopt;
  }
  const auto length = static_cast<std::uint32_t>(take(rest, 0, 4));
  const auto kind = static_cast<std::uint32_t>(take(rest, 4, 4));
  if (length > kMaxBodyBytes || kind < static_cast<std::uint32_t>(Kind::kHello) ||
      kind > static_cast<std::uint32_t>(Kind::kEvent)) {
    broken = true;
    return std::nullopt;
  }
  if (rest.size() < kHeaderBytes + length) {
    held_.erase(0, taken_);
    taken_ = 0;
    held_.reserve(kHeaderBytes + length);
    return std::nullopt;
  }
  Frame frame;
  frame.kind = static_cast<Kind>(kind);
  frame.engine = static_cast<std::uint32_t>(take(rest, 8, 4));
  frame.code = static_cast<std::int32_t>(static_cast<std::uint32_t>(take(rest, 12, 4)));
  frame.id = take(rest, 16, 6);
  frame.body.assign(rest.substr(kHeaderBytes, length));
  taken_ += kHeaderBytes + length;
  return frame;
}

}  // namespace sync_engine_internal
