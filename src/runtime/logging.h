#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

namespace tenantry::runtime {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

/// How log lines look on standard error.
enum class LogFormat { kText, kJson };

/// Sets level and format of the process's log: text for people, or one JSON object a line with
/// `time level room message requestID tenantID`. Call once, before threads start.
void SetUpLogging(LogLevel level, LogFormat format);

/// Whose request a thread works for; its ids stand on every line that the thread logs. Scopes nest.
class LogContext {
 public:
  LogContext(std::string_view request_id, std::string_view tenant_id);
  ~LogContext();
  LogContext(const LogContext&) = delete;
  LogContext& operator=(const LogContext&) = delete;

  /// Changes the tenant of the current scope, once it is known.
  static void SetTenant(std::string_view tenant_id);

 private:
  std::string request_id_before_;
  std::string tenant_id_before_;
};

/// Writes one line when `level` is on. `room` names the part that speaks. Never logs secrets.
void LogLine(LogLevel level, std::string_view room, std::string_view message);

/// True when lines of `level` are written.
bool LogsAt(LogLevel level);

template <typename... Args>
void Log(LogLevel level, std::string_view room, fmt::format_string<Args...> format, Args&&... args) {
  if (LogsAt(level)) LogLine(level, room, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace tenantry::runtime
