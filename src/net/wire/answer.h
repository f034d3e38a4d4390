#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "net/http.h"

namespace tenantry::net::wire {

/// What of a request shapes its answer on the wire.
struct AnswerShape {
  bool head_only = false;     ///< HEAD: no body is sent
  bool http_1_0 = false;      ///< no chunked coding
  bool accepts_gzip = false;  ///< bodies over 1 KiB may be compressed
  std::string path;           ///< the `instance` of problems; decides the default of Cache-Control
  std::string request_id;
};

/// An answer ready to be sent.
struct Answer {
  int status = 0;
  /// Status line and header fields, without Connection and Date, which FinishHead adds.
  std::string head;
  std::string body;                           ///< what follows the head; empty for HEAD
  std::function<void(StreamWriter&)> stream;  ///< set for a streamed answer
  bool chunked = false;                       ///< pieces of `stream` are framed as chunks
  bool close = false;                         ///< the connection can't be used again
};

/// Makes a handler's response ready: completes problems, compresses, sets the fields that every
/// answer has. A response that can't be sent (a status outside 200 to 599, a field that would break
/// the head) is logged and becomes a 500 problem.
Answer MakeAnswer(HttpResponse response, const AnswerShape& shape);

/// Ends the head: `date_field` is a whole "Date: ...\r\n" line; `keep_alive` is said to HTTP/1.0.
void FinishHead(Answer& answer, std::string_view date_field, bool keep_alive, bool http_1_0);

/// `bytes` as a chunk (RFC 9112, 7.1); `bytes` is not empty, as an empty chunk ends a body.
std::string Chunk(std::string_view bytes);

/// The end of a chunked body.
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

/// True when `name` is a token and `value` has no control characters: they can stand in a head.
bool IsField(std::string_view name, std::string_view value);

}  // namespace tenantry::net::wire
