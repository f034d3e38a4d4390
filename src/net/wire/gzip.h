#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace tenantry::net::wire {

/// `bytes` as one gzip member (RFC 1952), made fast rather than small.
std::string Gzip(std::string_view bytes);

/// Undoes gzip, of one member or several one after another. InvalidArgument: it is no gzip, is cut
/// off or its check sum differs. ResourceExhausted: it would have more than `bytes_max` bytes; no
/// more than that is ever held.
absl::StatusOr<std::string> Gunzip(std::string_view compressed, int64_t bytes_max);

/// True when a value of Accept-Encoding takes gzip (RFC 9110, 12.5.3).
bool AcceptsGzip(std::string_view accept_encoding);

/// True for content types whose bodies shrink: text, JSON, XML, JavaScript, SVG and the like.
bool IsCompressible(std::string_view content_type);

}  // namespace tenantry::net::wire
