#include "net/server/tls_certificate.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <boost/asio/ssl/context.hpp>

#include "base/status.h"
#include "runtime/logging.h"

namespace tenantry::net::server {
namespace {

using Context = boost::asio::ssl::context;

std::string OpenSslReason() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "unreadable" : reason;
}

std::string FileSignature(const std::string& path) {
  struct stat facts = {};
  if (stat(path.c_str(), &facts) != 0) return "absent";
  return fmt::format("{}.{} {} {}", facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec, facts.st_size,
                     facts.st_ino);
}

// RFC 7301: picks http/1.1; a client that offers only others, say h2, gets an alert.
int SelectProtocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                   const unsigned char* offered, unsigned int offered_size, void*) {
  static constexpr unsigned char kOurs[] = "\x08http/1.1";
  unsigned char* match = nullptr;
  const int result =
      SSL_select_next_proto(&match, chosen_size, kOurs, sizeof kOurs - 1, offered, offered_size);
  *chosen = match;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

// A server has nobody to ask for a passphrase; OpenSSL's own way would be to ask on the terminal.
int NoPassphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return 0;
}

void SetUp(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(
      context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(context, SelectProtocol, nullptr);
}

}  // namespace

TlsCertificate::TlsCertificate(std::string certificate_file, std::string key_file)
    : certificate_file_(std::move(certificate_file)), key_file_(std::move(key_file)) {}

TlsCertificate::~TlsCertificate() = default;

std::string TlsCertificate::Signature() const {
  return FileSignature(certificate_file_) + " " + FileSignature(key_file_);
}

absl::Status TlsCertificate::LoadLocked() {
  const std::string signature = Signature();
  ERR_clear_error();
  auto context = std::make_shared<Context>(Context::tls_server);
  SSL_CTX* const raw = context->native_handle();
  SetUp(raw);
  if (SSL_CTX_use_certificate_chain_file(raw, certificate_file_.c_str()) != 1) {
    return base::InvalidArgument(
        "the certificate file {} can't be used ({}): net.tls_certificate_file names a PEM file "
        "with "
        "the server's certificate first",
        certificate_file_, OpenSslReason());
  }
  bool needs_passphrase = false;
  SSL_CTX_set_default_passwd_cb(raw, NoPassphrase);
  SSL_CTX_set_default_passwd_cb_userdata(raw, &needs_passphrase);
  const int key = SSL_CTX_use_PrivateKey_file(raw, key_file_.c_str(), SSL_FILETYPE_PEM);
  SSL_CTX_set_default_passwd_cb_userdata(raw, nullptr);
  if (needs_passphrase) {
    ERR_clear_error();
    return base::InvalidArgument(
        "the key file {} is locked by a passphrase, which a server can't be asked for: name one "
        "without (`openssl pkey` writes it) that this user alone can read",
        key_file_);
  }
  if (key != 1) {
    return base::InvalidArgument(
        "the key file {} can't be used ({}): net.tls_key_file names the PEM file of the key that "
        "belongs to {}",
        key_file_, OpenSslReason(), certificate_file_);
  }
  if (X509_cmp_current_time(X509_get0_notAfter(SSL_CTX_get0_certificate(raw))) < 0) {
    runtime::Log(runtime::LogLevel::kWarning, "net", "the certificate in {} has expired",
                 certificate_file_);
  }
  loaded_ = signature;
  failed_.clear();
  failure_ = absl::OkStatus();
  const absl::MutexLock lock(&mutex_);
  context_ = std::move(context);
  return absl::OkStatus();
}

absl::Status TlsCertificate::Load() {
  const absl::MutexLock lock(&load_mutex_);
  return LoadLocked();
}

void TlsCertificate::LoadIfChanged() {
  const absl::MutexLock lock(&load_mutex_);
  const std::string signature = Signature();
  if (signature == loaded_) return;
  const absl::Status status = LoadLocked();
  if (status.ok()) {
    runtime::Log(runtime::LogLevel::kInfo, "net", "new connections use the new certificate in {}",
                 certificate_file_);
  } else if (failed_ != signature) {
    // A certificate and its key are two files, which rarely change in the same instant.
    failed_ = signature;
    if (status == failure_) return;
    failure_ = status;
    runtime::Log(runtime::LogLevel::kError, "net", "the old certificate stays in use: {}",
                 base::Message(status));
  }
}

std::shared_ptr<Context> TlsCertificate::Current() const {
  const absl::MutexLock lock(&mutex_);
  return context_;
}

}  // namespace tenantry::net::server
