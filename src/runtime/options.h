#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tenantry::runtime {

/// Where an option's value came from; a later source wins.
enum class OptionSource { kDefault, kFile, kEnvironment, kFlag };

/// An option as `config show` prints it. Secrets are shown as `***`.
struct OptionView {
  std::string name;
  std::string value;
  std::string default_value;
  std::string bounds;  ///< "1 to 1024", or empty
  std::string help;
  OptionSource source = OptionSource::kDefault;
  std::string origin;  ///< file and line, variable or flag
};

/// The options of a program: each declared once, with help, default and bounds, by the room that uses
/// it. The default is what the target holds at the declaration. Targets must outlive the set.
/// Filled by one thread at start; read-only afterwards.
class OptionSet {
 public:
  /// Declares an option named `room.field_name`; aborts when the name is taken. Durations are written
  /// as Abseil writes them ("1h30m", "250ms"), sizes in bytes with an optional KiB, MiB, GiB.
  void AddInt(std::string name, int64_t* target, int64_t lowest, int64_t highest, std::string help);
  void AddDouble(std::string name, double* target, double lowest, double highest, std::string help);
  void AddBytes(std::string name, int64_t* target, int64_t lowest, int64_t highest, std::string help);
  void AddBool(std::string name, bool* target, std::string help);
  void AddDuration(std::string name, absl::Duration* target, absl::Duration lowest,
                   absl::Duration highest, std::string help);
  void AddString(std::string name, std::string* target, std::string help);
  /// One of `choices`.
  void AddChoice(std::string name, std::string* target, std::vector<std::string> choices,
                 std::string help);
  /// A text that comes from the file named by `name` + "_file" or from the environment, never from a
  /// flag, and that is never shown.
  void AddSecret(std::string name, std::string* target, std::string help);

  /// Sets one option from text. InvalidArgument: unknown (the message names the nearest known option),
  /// not readable as its kind, or outside its bounds.
  absl::Status Set(std::string_view name, std::string_view value, OptionSource source,
                   std::string origin);

  /// Reads a TOML file: tables are prefixes. Every fault names file and line. NotFound: no such file.
  absl::Status LoadFile(const std::string& path);

  /// Reads TENANTRY_<NAME>, with dots and dashes as `_`, from `environment` ("NAME=value" entries).
  /// Variables listed in `reserved` (TENANTRY_TOKEN and such) are no options; other TENANTRY_ names
  /// that match no option are an error.
  absl::Status LoadEnvironment(const std::vector<std::string>& environment,
                               const std::vector<std::string>& reserved);

  /// Every option in the order of names.
  std::vector<OptionView> All() const;

 private:
  struct Option;
  Option* Find(std::string_view name);
  absl::Status Unknown(std::string_view name) const;
  void Add(Option option);

  std::map<std::string, Option, std::less<>> options_;
};

}  // namespace tenantry::runtime
