#pragma once

#include <string_view>

namespace tenantry::lake::sql {

/// The hidden first argument that turns the program into a SQL worker.
inline constexpr const char* kSqlWorkerArgument = "__sql-worker";

/// What a worker says when it ran out of memory; its server tells people which limit that was.
inline constexpr const char* kSqlOutOfMemory = "the SQL process ran out of memory";

/// The descriptor that a worker finds its server at: a stream socket.
inline constexpr int kSqlWorkerSocket = 3;

/// True when the program was started as a SQL worker: then `main` calls RunSqlWorker before
/// anything else.
bool IsSqlWorker(int argc, const char* const* argv);

/// Serves one task of a SqlProcesses over descriptor 3, then ends; DuckDB lives here and nowhere
/// else. Gives up privileges first and dies with its server. Ends the process with 0 when the
/// server hangs up, with 1 when nobody serves it or it can't be confined.
[[noreturn]] void RunSqlWorker();

/// True when this build bounds a worker's address space; builds with a sanitizer can't.
bool SqlWorkerBoundsMemory();

}  // namespace tenantry::lake::sql
