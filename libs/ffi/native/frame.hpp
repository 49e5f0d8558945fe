// Frames between the library and its host; libs/ffi/src/abi/wire.ts has the format.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire_codes.hpp"

namespace sync_engine_internal {

struct Frame {
  Kind kind = Kind::kHello;
  std::uint32_t engine = 0;
  std::int32_t code = 0;
  std::uint64_t id = 0;
  std::string body;
};

/// Header and body, as they are sent.
std::string encodeFrame(Kind kind, std::uint32_t engine, std::int32_t code, std::uint64_t id, std::string_view body);

/// The fields of a request, one after the other.
class Fields {
 public:
  Fields& add(std::string_view text);
  /// Nothing, where it is NULL.
  Fields& add(const char* text);
  Fields& add(std::int64_t number);
  Fields& add(const std::optional<std::string>& text);
  const std::string& body() const noexcept { return body_; }

 private:
  std::string body_;
};

using Field = std::optional<std::string>;
/// Nothing where the body is no row of fields.
std::optional<std::vector<Field>> decodeFields(std::string_view body);

/// Makes frames of a stream of bytes, however it is cut.
class FrameReader {
 public:
  void append(const char* bytes, std::size_t count) { held_.append(bytes, count); }
  /// The next whole frame, or nothing yet. @param broken set where what came is none
  std::optional<Frame> next(bool& broken);

 private:
  std::string held_;
  std::size_t taken_ = 0;
};

}  // namespace sync_engine_internal
