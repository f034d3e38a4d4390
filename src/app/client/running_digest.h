#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace tenantry::app::client {

/// The SHA-256 of bytes that come piece by piece, told at any time. Used by one thread.
class RunningDigest {
 public:
  /// That of nothing.
  RunningDigest();

  /// Goes on with these bytes.
  void Add(std::string_view bytes);

  /// The digest of all bytes so far, as 64 hexadecimal digits.
  std::string Hex() const;

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };

  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace tenantry::app::client
