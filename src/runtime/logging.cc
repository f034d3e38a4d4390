#include "runtime/logging.h"

#include <absl/time/clock.h>
#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "base/instant.h"

namespace tenantry::runtime {
namespace {

struct Context {
  std::string request_id;
  std::string tenant_id;
};

Context& ThreadContext() {
  thread_local Context context;
  return context;
}

/// The one global of the program: lines can be written before and after everything else lives.
struct Logger {
  Logger() : lines("tenantry", std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>()) {
    SetFormat(LogFormat::kText);
    lines.set_level(spdlog::level::info);
  }

  void SetFormat(LogFormat wanted) {
    format = wanted;
    const char* pattern = wanted == LogFormat::kJson ? "%v" : "%Y-%m-%dT%H:%M:%S.%eZ %^%-7l%$ %v";
    lines.set_pattern(pattern, spdlog::pattern_time_type::utc);
  }

  spdlog::logger lines;
  LogFormat format = LogFormat::kText;
};

Logger& TheLogger() {
  static Logger* const logger = new Logger;  // never destroyed: threads may log until the very end
  return *logger;
}

spdlog::level::level_enum LevelOf(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::string_view LevelName(LogLevel level) {
  const spdlog::string_view_t name = spdlog::level::to_string_view(LevelOf(level));
  return {name.data(), name.size()};
}

/// Control characters escaped, so that no message can forge a line.
std::string OneLine(std::string_view message) {
  std::string line;
  line.reserve(message.size());
  for (const char letter : message) {
    if (letter == '\n') {
      line += "\\n";
    } else if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f) {
      line += fmt::format("\\x{:02x}", static_cast<unsigned char>(letter));
    } else {
      line += letter;
    }
  }
  return line;
}

std::string TextLine(std::string_view room, std::string_view message) {
  const Context& context = ThreadContext();
  std::string line = fmt::format("{:<9} {}", room, OneLine(message));
  if (!context.request_id.empty()) line += " requestID=" + OneLine(context.request_id);
  if (!context.tenant_id.empty()) line += " tenantID=" + OneLine(context.tenant_id);
  return line;
}

std::string JsonLine(LogLevel level, std::string_view room, std::string_view message) {
  const Context& context = ThreadContext();
  nlohmann::ordered_json line;
  line["time"] = base::FormatRfc3339Millis(base::ToInstant(absl::Now()));
  line["level"] = LevelName(level);
  line["room"] = room;
  line["message"] = message;
  if (!context.request_id.empty()) line["requestID"] = context.request_id;
  if (!context.tenant_id.empty()) line["tenantID"] = context.tenant_id;
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

void SetUpLogging(LogLevel level, LogFormat format) {
  TheLogger().SetFormat(format);
  TheLogger().lines.set_level(LevelOf(level));
}

LogContext::LogContext(std::string_view request_id, std::string_view tenant_id)
    : request_id_before_(std::move(ThreadContext().request_id)),
      tenant_id_before_(std::move(ThreadContext().tenant_id)) {
  ThreadContext().request_id = request_id;
  ThreadContext().tenant_id = tenant_id;
}

LogContext::~LogContext() {
  ThreadContext().request_id = std::move(request_id_before_);
  ThreadContext().tenant_id = std::move(tenant_id_before_);
}

void LogContext::SetTenant(std::string_view tenant_id) { ThreadContext().tenant_id = tenant_id; }

std::string LogContext::Tenant() { return ThreadContext().tenant_id; }

void LogLine(LogLevel level, std::string_view room, std::string_view message) {
  if (!LogsAt(level)) return;
  const std::string line = TheLogger().format == LogFormat::kJson ? JsonLine(level, room, message)
                                                                  : TextLine(room, message);
  TheLogger().lines.log(LevelOf(level), spdlog::string_view_t(line.data(), line.size()));
}

bool LogsAt(LogLevel level) { return TheLogger().lines.should_log(LevelOf(level)); }

}  // namespace tenantry::runtime
