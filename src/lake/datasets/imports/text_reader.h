#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "lake/datasets/imports/import_request.h"

namespace tenantry::lake::datasets {

/// Turns the bytes of a text, given in pieces, into UTF-8 without a byte order mark. UTF-16 and
/// Latin-1 are converted, UTF-8 is passed on as it is. Not thread-safe.
class TextReader {
 public:
  /// kDetect: UTF-16 when the text begins with its byte order mark, UTF-8 otherwise. UTF-16 without
  /// a mark is little-endian.
  explicit TextReader(TextEncoding encoding) : encoding_(encoding) {}

  /// The next piece as UTF-8; what does not make a whole character yet is kept. InvalidArgument:
  /// half of a surrogate pair, with its place.
  absl::StatusOr<std::string> Next(std::string_view bytes);

  /// What was kept. InvalidArgument: half a character.
  absl::StatusOr<std::string> End();

 private:
  void Begin();
  absl::Status Utf16(std::string& text);

  TextEncoding encoding_;
  bool begun_ = false;
  bool big_endian_ = false;
  std::string kept_;
  int64_t place_ = 0;       // of the next byte in the text
  uint32_t surrogate_ = 0;  // the first of a pair
};

}  // namespace tenantry::lake::datasets
