#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

namespace tenantry::runtime {

/// How much a line matters.
enum class LogLevel { kDebug, kInfo, kWarning, kError };

/// How log lines look on standard error.
enum class LogFormat { kText, kJson };

/// Sets level and format of the process's log: text for people, in colour on a terminal, or one
/// JSON object a line with `time level room message requestID tenantID` (the ids only where they
/// are known). Without a call: text from kInfo on. Call once, before threads start.
void SetUpLogging(LogLevel level, LogFormat format);

/// Whose request a thread works for; its ids stand on every line that the thread logs. Scopes nest.
class LogContext {
 public:
  /// Begins a scope; an empty id stands on no line.
  LogContext(std::string_view request_id, std::string_view tenant_id);
  /// Ends it: the ids from before stand again.
  ~LogContext();
  LogContext(const LogContext&) = delete;
  LogContext& operator=(const LogContext&) = delete;

  /// Changes the tenant of the current scope, once it is known.
  static void SetTenant(std::string_view tenant_id);

  /// The tenant of the current scope; empty while none is known.
  static std::string Tenant();

 private:
  std::string request_id_before_;
  std::string tenant_id_before_;
};

/// Writes one line when `level` is on; control characters are escaped and what is not UTF-8
/// replaced. `room` names the part that speaks. Callers never pass secrets. Thread-safe.
void LogLine(LogLevel level, std::string_view room, std::string_view message);

/// True when lines of `level` are written.
bool LogsAt(LogLevel level);

/// LogLine with a message as fmt::format makes it, which costs nothing when `level` is off.
template <typename... Args>
void Log(LogLevel level, std::string_view room, fmt::format_string<Args...> format,
         Args&&... args) {
  if (LogsAt(level)) LogLine(level, room, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace tenantry::runtime
