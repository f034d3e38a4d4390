#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "net/http.h"
#include "net/wire/request_parser.h"

namespace tenantry::net::wire {

/// Reads one HTTP/1.x answer from bytes as they arrive. Not thread-safe; one for each answer.
class ResponseParser final : private boost::beast::http::basic_parser<false> {
 public:
  /// `head_only` for the answer to a HEAD, which has no body whatever its fields say.
  explicit ResponseParser(bool head_only);

  /// Takes from the front of `received` what it can; sets `taken` to how many bytes to drop. kDone
  /// when the answer is complete. Pieces of the body gather in `body()`, from where they may be
  /// moved.
  Progress Read(std::string_view received, size_t& taken);

  /// The server ended its side; kDone when that ends the body.
  Progress End();

  /// True once status and headers are known.
  bool has_head() const { return is_header_done(); }
  /// True when the server may be asked again on this connection. Only once kDone.
  bool keeps_alive() const { return keep_alive(); }

  /// The status; 0 before has_head().
  int status() const { return status_; }
  /// The header fields, those of a trailer too; may be moved from.
  Headers& headers() { return headers_; }
  /// What was read of the body and not yet taken.
  std::string& body() { return body_; }

  /// What is wrong, after kRefused.
  const std::string& fault() const { return fault_; }

 private:
  using Error = boost::beast::error_code;
  using View = boost::beast::string_view;
  using Verb = boost::beast::http::verb;
  using Field = boost::beast::http::field;

  Progress After(const Error& error);

  void on_request_impl(Verb, View, View, int, Error&) override {}
  void on_response_impl(int status, View reason, int version, Error&) override;
  void on_field_impl(Field, View name, View value, Error&) override;
  void on_header_impl(Error&) override {}
  void on_body_init_impl(const boost::optional<uint64_t>&, Error&) override {}
  size_t on_body_impl(View bytes, Error&) override;
  void on_chunk_header_impl(uint64_t, View, Error&) override {}
  size_t on_chunk_body_impl(uint64_t remaining, View bytes, Error&) override;
  void on_finish_impl(Error&) override {}

  int status_ = 0;
  Headers headers_;
  std::string body_;
  std::string fault_;
};

}  // namespace tenantry::net::wire
