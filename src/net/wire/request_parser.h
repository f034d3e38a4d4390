#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "net/http.h"
#include "net/wire/refusal.h"

namespace tenantry::net::wire {

/// The request line and the header fields.
struct RequestHead {
  std::string method;
  std::string target;  ///< as sent, in origin form: `http://host` of an absolute form is cut off
  bool http_1_0 = false;
  Headers headers;
};

/// How far a parser came.
enum class Progress {
  kNeedMore,  ///< call again with more bytes
  kDone,
  kRefused,  ///< `refusal()` says why; nothing more can be read
};

/// Reads one HTTP/1.x request from bytes as they arrive, first the head, then the body. Stricter
/// than Beast's parser beneath it: what proxies may read differently is refused (bare LF, two
/// lengths, unknown transfer codings, no or two Hosts). Not thread-safe; one for each request.
class RequestParser final : private boost::beast::http::basic_parser<true> {
 public:
  explicit RequestParser(int64_t header_bytes_max);

  /// Reads the head from `received`: all bytes that came and were not taken yet. Sets `taken` to
  /// how many to drop from its front. Call until kDone.
  Progress ReadHead(std::string_view received, size_t& taken);

  /// The head, once ReadHead is done; may be moved from.
  RequestHead& head() { return head_; }

  /// True when a body follows the head.
  bool has_body() const;

  /// The body's size as announced; -1 for a chunked one.
  int64_t announced_bytes() const;

  /// True when the connection may be used again after the answer.
  bool keeps_alive() const { return keep_alive(); }

  /// Reads the body, of at most `body_bytes_max` bytes, as ReadHead does. Only if has_body().
  Progress ReadBody(std::string_view received, int64_t body_bytes_max, size_t& taken);

  /// What was read of the body; may be moved from once done.
  std::string& body() { return body_; }

  /// Why, after kRefused.
  const Refusal& refusal() const { return refusal_; }

 private:
  using Error = boost::beast::error_code;
  using View = boost::beast::string_view;
  using Verb = boost::beast::http::verb;
  using Field = boost::beast::http::field;

  Progress Refuse(int status, RefusalReason reason, std::string detail);
  Progress RefuseMalformed(std::string detail);
  Progress FindHeadEnd(std::string_view received, size_t& end);
  std::string_view FieldFault() const;
  std::string_view TargetFault();

  void on_request_impl(Verb, View method, View target, int version, Error&) override;
  void on_response_impl(int, View, int, Error&) override {}
  void on_field_impl(Field, View name, View value, Error&) override;
  void on_header_impl(Error&) override {}
  void on_body_init_impl(const boost::optional<uint64_t>&, Error&) override {}
  size_t on_body_impl(View bytes, Error&) override;
  void on_chunk_header_impl(uint64_t size, View, Error&) override;
  size_t on_chunk_body_impl(uint64_t remaining, View bytes, Error&) override;
  void on_finish_impl(Error&) override {}

  const size_t header_bytes_max_;
  size_t scanned_ = 0;     // bytes of the head that were looked at
  size_t line_start_ = 0;  // where the line that is being looked at begins
  bool head_done_ = false;
  uint64_t body_bytes_max_ = 0;
  RequestHead head_;
  std::string body_;
  Refusal refusal_;
};

}  // namespace tenantry::net::wire
