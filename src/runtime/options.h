#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tenantry::runtime {

/// Where an option's value came from; a later source wins.
enum class OptionSource { kDefault, kFile, kEnvironment, kFlag };

/// How an option is written, which decides what a TOML value may be.
enum class OptionKind { kInteger, kNumber, kBytes, kBool, kDuration, kText, kSecret, kSecretFile };

/// The source in words for people: "default", "file", "environment", "flag".
std::string_view SourceName(OptionSource source);

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

/// The options of a program: each declared once, with help, default and bounds, by the room that
/// uses it. The default is what the target holds at the declaration. Targets must outlive the set.
/// Filled by one thread at start; read-only afterwards.
///
/// Sources may be read in any order: a value never replaces one from a later source, though it is
/// checked all the same.
class OptionSet {
 public:
  OptionSet();
  ~OptionSet();
  OptionSet(const OptionSet&) = delete;
  OptionSet& operator=(const OptionSet&) = delete;

  /// Declares an option named `room.field_name`; aborts when the name is taken or the default lies
  /// outside the bounds. Durations are written as "1h30m", "250ms" or "7d", sizes in
  /// bytes with an optional KiB, MiB, GiB or TiB.
  void AddInt(std::string name, int64_t* target, int64_t lowest, int64_t highest, std::string help);
  /// A number with decimals; see AddInt.
  void AddDouble(std::string name, double* target, double lowest, double highest, std::string help);
  /// A size in bytes; see AddInt.
  void AddBytes(std::string name, int64_t* target, int64_t lowest, int64_t highest,
                std::string help);
  /// `true` or `false`; see AddInt.
  void AddBool(std::string name, bool* target, std::string help);
  /// A duration; see AddInt.
  void AddDuration(std::string name, absl::Duration* target, absl::Duration lowest,
                   absl::Duration highest, std::string help);
  /// Any text, or any that `check`, if there is one, finds right; see AddInt.
  void AddString(std::string name, std::string* target, std::string help,
                 std::function<absl::Status(std::string_view)> check = nullptr);
  /// One of `choices`.
  void AddChoice(std::string name, std::string* target, std::vector<std::string> choices,
                 std::string help);
  /// A text that comes from the file named by `name` + "_file" or from the environment, never from
  /// a flag or a configuration file, and that is never shown. Line ends at the file's end are cut.
  /// Both names are declared.
  void AddSecret(std::string name, std::string* target, std::string help);

  /// Sets one option from text; `origin` stands before every fault. InvalidArgument: unknown (the
  /// message names the nearest known option), not readable as its kind, outside its bounds, or a
  /// secret from a source that may not carry it. A secret's file that can't be read is an error
  /// too.
  absl::Status Set(std::string_view name, std::string_view value, OptionSource source,
                   std::string origin);

  /// Reads a TOML file: tables are prefixes. InvalidArgument lists every fault, one a line, with
  /// file and line. NotFound: no such file. What is right in a faulty file is set all the same.
  absl::Status LoadFile(const std::string& path);

  /// Reads TENANTRY_<NAME>, with dots and dashes as `_`, from `environment` ("NAME=value" entries).
  /// Variables listed in `reserved` (TENANTRY_TOKEN and such) are no options, nor are those that
  /// Kubernetes sets for a service named tenantry (TENANTRY_SERVICE_HOST, TENANTRY_PORT_8080_TCP);
  /// other TENANTRY_ names that match no option are an error.
  absl::Status LoadEnvironment(const std::vector<std::string>& environment,
                               const std::vector<std::string>& reserved);

  /// Every option in the order of names.
  std::vector<OptionView> All() const;

 private:
  struct Option;
  Option* Find(std::string_view name);
  bool IsSection(const std::string& name) const;
  std::optional<OptionKind> KindOf(std::string_view name) const;
  absl::Status Unknown(std::string_view name) const;
  absl::Status SetSecretFile(Option& option, std::string_view path, OptionSource source,
                             const std::string& origin);
  void Add(Option option);
  template <typename T>
  void AddBounded(std::string name, OptionKind kind, T* target, T lowest, T highest,
                  std::string help, absl::StatusOr<T> (*parse)(std::string_view),
                  std::string (*format)(T));

  std::map<std::string, Option, std::less<>> options_;
  std::map<std::string, std::string, std::less<>> names_by_variable_;
};

/// The environment variable of an option: TENANTRY_ and its name in capitals, dots and dashes as
/// `_`.
std::string VariableOf(std::string_view option);

}  // namespace tenantry::runtime
