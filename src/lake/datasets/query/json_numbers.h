#pragma once

#include <string>
#include <string_view>

namespace tenantry::lake::datasets {

/// Makes JSON of what the engine writes: NaN and infinities, which are no JSON, become the texts
/// "NaN", "Infinity" and "-Infinity". Takes a text in pieces. Not thread-safe.
class JsonNumbers {
 public:
  /// The next piece, made right; a word at its end that may go on is kept for the next.
  std::string Next(std::string_view piece);

  /// What was kept.
  std::string End();

 private:
  bool in_text_ = false;
  bool escaped_ = false;
  std::string word_;
};

}  // namespace tenantry::lake::datasets
