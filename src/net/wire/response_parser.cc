#include "net/wire/response_parser.h"

#include <boost/beast/http/error.hpp>

namespace tenantry::net::wire {
namespace {

namespace http = boost::beast::http;

constexpr uint32_t kHeadMax = 1 << 20;

// See request_parser.cc.
constexpr size_t kLastChunkMin = std::string_view("0\r\n\r\n").size();

}  // namespace

ResponseParser::ResponseParser(bool head_only) {
  header_limit(kHeadMax);
  body_limit(boost::none);
  skip(head_only);
}

Progress ResponseParser::Read(std::string_view received, size_t& taken) {
  taken = 0;
  Error error;
  while (!is_done()) {
    const size_t left = received.size() - taken;
    if (left < (is_header_done() && chunked() ? kLastChunkMin : 1)) return Progress::kNeedMore;
    const size_t read = put(boost::asio::buffer(received.data() + taken, left), error);
    taken += read;
    if (error == http::error::need_more) return Progress::kNeedMore;
    if (error || (read == 0 && !is_done())) break;
  }
  return After(error);
}

Progress ResponseParser::End() {
  Error error;
  if (got_some()) {
    if (!is_done()) put_eof(error);
  } else {
    error = http::error::end_of_stream;
  }
  return After(error);
}

Progress ResponseParser::After(const Error& error) {
  if (!error && is_done()) return Progress::kDone;
  fault_ = error ? error.message() : "it can't be read";
  return Progress::kRefused;
}

void ResponseParser::on_response_impl(int status, boost::beast::string_view, int, Error&) {
  status_ = status;
}

void ResponseParser::on_field_impl(Field, boost::beast::string_view name,
                                   boost::beast::string_view value, Error&) {
  headers_.emplace(std::string(name), std::string(value));
}

size_t ResponseParser::on_body_impl(boost::beast::string_view bytes, Error&) {
  body_.append(bytes.data(), bytes.size());
  return bytes.size();
}

size_t ResponseParser::on_chunk_body_impl(uint64_t, boost::beast::string_view bytes, Error&) {
  body_.append(bytes.data(), bytes.size());
  return bytes.size();
}

}  // namespace tenantry::net::wire
