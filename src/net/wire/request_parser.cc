#include "net/wire/request_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/beast/http/error.hpp>

namespace tenantry::net::wire {
namespace {

namespace http = boost::beast::http;

// A chunk's size with its extensions, or the trailer.
constexpr size_t kChunkHeadMax = 16 << 10;

// What the end of a chunked body has at least; given less of it, Beast 1.81 runs into an assertion.
constexpr size_t kLastChunkMin = std::string_view("0\r\n\r\n").size();

bool IsTokenCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool IsDigits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view Std(boost::beast::string_view text) { return {text.data(), text.size()}; }

std::string HeadFault(const boost::beast::error_code& error) {
  if (error == http::error::bad_version) {
    return "The request line does not end in HTTP/1.1 or HTTP/1.0, which this server speaks.";
  }
  return fmt::format("The request's head is malformed: {}.", error.message());
}

}  // namespace

RequestParser::RequestParser(int64_t header_bytes_max)
    : header_bytes_max_(static_cast<size_t>(header_bytes_max)) {
  header_limit(static_cast<uint32_t>(header_bytes_max + 8));
  body_limit(boost::none);
}

Progress RequestParser::Refuse(int status, RefusalReason reason, std::string detail) {
  refusal_ = {status, reason, std::move(detail)};
  return Progress::kRefused;
}

Progress RequestParser::RefuseMalformed(std::string detail) {
  return Refuse(400, RefusalReason::kMalformed, std::move(detail));
}

Progress RequestParser::ReadHead(std::string_view received, size_t& taken) {
  taken = 0;
  if (scanned_ == 0) {
    // Some clients end a body with a line break that belongs to nothing.
    while (received.substr(taken).starts_with("\r\n")) taken += 2;
    received.remove_prefix(taken);
    if (received.empty() || received == "\r") return Progress::kNeedMore;
    if (!IsTokenCharacter(received.front())) {
      return RefuseMalformed("The request does not begin with a method: this is no HTTP.");
    }
  }
  size_t end = 0;
  if (const Progress found = FindHeadEnd(received, end); found != Progress::kDone) return found;
  Error error;
  const size_t read = put(boost::asio::buffer(received.data(), end), error);
  if (error) return RefuseMalformed(HeadFault(error));
  if (read != end || !is_header_done()) {
    return RefuseMalformed("The request's head is malformed: it ends early.");
  }
  taken += end;
  head_done_ = true;
  if (const std::string_view fault = FieldFault(); !fault.empty()) {
    return RefuseMalformed(std::string(fault));
  }
  if (const std::string_view fault = TargetFault(); !fault.empty()) {
    return RefuseMalformed(std::string(fault));
  }
  return Progress::kDone;
}

// Looks at every byte once, so that what can never become a head is refused as soon as it is seen.
Progress RequestParser::FindHeadEnd(std::string_view received, size_t& end) {
  for (; scanned_ < received.size() && scanned_ < header_bytes_max_; ++scanned_) {
    const char c = received[scanned_];
    if (c == '\0') return RefuseMalformed("The request's head has a NUL byte.");
    if (c != '\n') continue;
    if (scanned_ == 0 || received[scanned_ - 1] != '\r') {
      return RefuseMalformed("A line of the request's head ends in LF without CR before it.");
    }
    if (scanned_ - line_start_ == 1) {
      end = scanned_ + 1;
      return Progress::kDone;
    }
    line_start_ = scanned_ + 1;
  }
  if (scanned_ < header_bytes_max_) return Progress::kNeedMore;
  return Refuse(431, RefusalReason::kHeaderTooLarge,
                fmt::format("The request line and the header fields have more than {} bytes, which "
                            "is this server's limit (net.header_bytes_max).",
                            header_bytes_max_));
}

std::string_view RequestParser::FieldFault() const {
  const Headers& headers = head_.headers;
  const size_t hosts = headers.count("Host");
  if (hosts > 1) return "The request has more than one Host field.";
  if (hosts == 0 && !head_.http_1_0) return "The request has no Host field, which HTTP/1.1 needs.";
  if (hosts == 1 &&
      headers.find("Host")->second.find_first_of(" \t/?#@\\,\"") != std::string::npos) {
    return "The Host field is no HOST or HOST:PORT.";
  }
  const auto [codings, codings_end] = headers.equal_range("Transfer-Encoding");
  if (codings != codings_end) {
    if (head_.http_1_0) return "HTTP/1.0 has no Transfer-Encoding; send a Content-Length.";
    if (std::next(codings) != codings_end || !SameWord(codings->second, "chunked")) {
      return "The only Transfer-Encoding that this server reads is chunked, once.";
    }
  }
  const auto [lengths, lengths_end] = headers.equal_range("Content-Length");
  if (lengths != lengths_end) {
    if (codings != codings_end) return "Content-Length and Transfer-Encoding exclude each other.";
    if (std::next(lengths) != lengths_end || !IsDigits(lengths->second)) {
      return "The Content-Length is not one number.";
    }
  }
  return {};
}

std::string_view RequestParser::TargetFault() {
  std::string& target = head_.target;
  const bool printable =
      std::ranges::all_of(target, [](char c) { return c > ' ' && c < '\x7f' && c != '#'; });
  if (!printable) {
    return "The request's target has a character that must be percent-encoded.";
  }
  if (target == "*") return head_.method == "OPTIONS" ? "" : "The target * is for OPTIONS alone.";
  if (target.starts_with('/')) return {};
  const size_t scheme = target.find("://");
  if (scheme == std::string::npos ||
      !(SameWord(std::string_view(target).substr(0, scheme), "http") ||
        SameWord(std::string_view(target).substr(0, scheme), "https"))) {
    return "The request's target does not begin with a slash.";
  }
  const size_t path = std::min(target.find_first_of("/?", scheme + 3), target.size());
  if (path == scheme + 3) return "The request's target names no host.";
  target.erase(0, path);
  if (!target.starts_with('/')) target.insert(0, "/");
  return {};
}

bool RequestParser::has_body() const { return !is_done(); }

int64_t RequestParser::announced_bytes() const {
  const boost::optional<uint64_t> length = content_length();
  if (!length) return chunked() ? -1 : 0;
  return static_cast<int64_t>(std::min<uint64_t>(*length, INT64_MAX));
}

Progress RequestParser::ReadBody(std::string_view received, int64_t body_bytes_max, size_t& taken) {
  taken = 0;
  body_bytes_max_ = static_cast<uint64_t>(body_bytes_max);
  Error error;
  const size_t useful = chunked() ? kLastChunkMin : 1;
  while (!is_done() && received.size() - taken >= useful) {
    const size_t read =
        put(boost::asio::buffer(received.data() + taken, received.size() - taken), error);
    taken += read;
    if (error && error != http::error::need_more) break;
    if (read == 0) break;
  }
  if (is_done()) return Progress::kDone;
  if (error == http::error::body_limit || body_.size() > body_bytes_max_) {
    return Refuse(
        413, RefusalReason::kBodyTooLarge,
        fmt::format("The body has more than {} bytes, which is the limit here.", body_bytes_max_));
  }
  if (error && error != http::error::need_more) {
    return RefuseMalformed(fmt::format("The chunked body is malformed: {}.", error.message()));
  }
  if (received.size() - taken > kChunkHeadMax) {
    return RefuseMalformed("A chunk's extensions or the trailer are too long.");
  }
  return Progress::kNeedMore;
}

void RequestParser::on_request_impl(Verb, boost::beast::string_view method,
                                    boost::beast::string_view target, int version, Error&) {
  head_.method = Std(method);
  head_.target = Std(target);
  head_.http_1_0 = version == 10;
}

void RequestParser::on_field_impl(Field, boost::beast::string_view name,
                                  boost::beast::string_view value, Error&) {
  // Fields of a trailer come here too; nothing in this program reads them.
  if (!head_done_) head_.headers.emplace(Std(name), Std(value));
}

size_t RequestParser::on_body_impl(boost::beast::string_view bytes, Error& error) {
  if (bytes.size() > body_bytes_max_ - std::min<uint64_t>(body_.size(), body_bytes_max_)) {
    error = http::error::body_limit;
    return 0;
  }
  body_.append(bytes.data(), bytes.size());
  return bytes.size();
}

void RequestParser::on_chunk_header_impl(uint64_t size, boost::beast::string_view, Error& error) {
  if (size > body_bytes_max_ - std::min<uint64_t>(body_.size(), body_bytes_max_)) {
    error = http::error::body_limit;
  }
}

size_t RequestParser::on_chunk_body_impl(uint64_t, boost::beast::string_view bytes, Error& error) {
  return on_body_impl(bytes, error);
}

}  // namespace tenantry::net::wire
