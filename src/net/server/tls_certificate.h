#pragma once

#include <absl/status/status.h>
#include <absl/synchronization/mutex.h>

#include <memory>
#include <string>

namespace boost::asio::ssl {
class context;  // NOLINT(readability-identifier-naming): theirs
}

namespace tenantry::net::server {

/// The server's certificate and key from their PEM files, as a TLS context for new connections.
/// Thread-safe.
class TlsCertificate {
 public:
  TlsCertificate(std::string certificate_file, std::string key_file);
  ~TlsCertificate();

  /// Reads the files. InvalidArgument, naming the file and OpenSSL's reason: one can't be read, is
  /// no PEM, or they don't belong together; what was loaded before stays in use. An expired
  /// certificate is used, with a warning in the log.
  absl::Status Load();

  /// Load, if a file changed since the last look that succeeded; a failure is logged once a change.
  void LoadIfChanged();

  /// The context for a new connection, which shares it, since a reload replaces it meanwhile.
  std::shared_ptr<boost::asio::ssl::context> Current() const;

 private:
  absl::Status LoadLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(load_mutex_);
  std::string Signature() const;

  const std::string certificate_file_;
  const std::string key_file_;
  absl::Mutex load_mutex_;                             // one load at a time
  std::string loaded_ ABSL_GUARDED_BY(load_mutex_);    // signature of the files in use
  std::string failed_ ABSL_GUARDED_BY(load_mutex_);    // signature of the files that failed last
  absl::Status failure_ ABSL_GUARDED_BY(load_mutex_);  // what was said of them
  mutable absl::Mutex mutex_;
  std::shared_ptr<boost::asio::ssl::context> context_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tenantry::net::server
