#include <absl/synchronization/notification.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "net/test_server.h"

namespace tenantry::net {
namespace {

template <typename T, void (*kFree)(T*)>
struct Freer {
  void operator()(T* object) const { kFree(object); }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY, EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509, X509_free>>;

// A certificate of its own authority for 127.0.0.1 in a fresh folder.
class CertificateFiles {
 public:
  explicit CertificateFiles(const std::string& name)
      : folder_(testing::TempDir() + "/net_tls_" + name + "_" + std::to_string(getpid())) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    Renew(1);
  }
  ~CertificateFiles() { std::filesystem::remove_all(folder_); }

  std::string certificate() const { return folder_ + "/certificate.pem"; }
  std::string key() const { return folder_ + "/key.pem"; }

  // A new key, locked by a passphrase where one is given, and a certificate with that serial
  // number.
  void Renew(long serial, std::string passphrase = "") {
    const Key key(EVP_EC_gen("P-256"));
    const Certificate certificate(X509_new());
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key.get());
    X509_NAME* const name = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    X509_EXTENSION* const names =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
    X509_add_ext(certificate.get(), names, -1);
    X509_EXTENSION_free(names);
    X509_sign(certificate.get(), key.get(), EVP_sha256());
    Write(this->certificate(), [&](FILE* file) { return PEM_write_X509(file, certificate.get()); });
    Write(this->key(), [&](FILE* file) {
      return PEM_write_PrivateKey(file, key.get(), passphrase.empty() ? nullptr : EVP_aes_256_cbc(),
                                  nullptr, 0, nullptr, passphrase.data());
    });
  }

  HttpServerOptions Options() const {
    HttpServerOptions options;
    options.tls_certificate_file = certificate();
    options.tls_key_file = key();
    options.tls_reload_interval = absl::Milliseconds(10);
    return options;
  }

 private:
  template <typename Writer>
  static void Write(const std::string& path, Writer writer) {
    FILE* const file = fopen((path + ".new").c_str(), "w");
    EXPECT_EQ(writer(file), 1);
    fclose(file);
    std::filesystem::rename(path + ".new", path);
  }

  const std::string folder_;
};

std::vector<Route> Routes() {
  return {{"GET", "/", "get",
           [](const HttpRequest&) { return HttpResponse::Text(200, "hello", "text/plain"); }},
          {"POST", "/echo", "echo", [](const HttpRequest& request) {
             return HttpResponse::Text(200, request.body, "image/png");
           }}};
}

// What a handshake gave: the certificate's serial number, -1 if it failed.
struct Handshake {
  long serial = -1;
  std::string protocol;
};

Handshake Shake(uint16_t port, const std::string& offered_protocol, int version_max = 0) {
  Handshake result;
  std::unique_ptr<SSL_CTX, Freer<SSL_CTX, SSL_CTX_free>> context(SSL_CTX_new(TLS_client_method()));
  if (version_max != 0) {
    SSL_CTX_set_min_proto_version(context.get(), version_max);
    SSL_CTX_set_max_proto_version(context.get(), version_max);
    SSL_CTX_set_security_level(context.get(), 0);
  }
  std::unique_ptr<BIO, Freer<BIO, BIO_free_all>> bio(BIO_new_ssl_connect(context.get()));
  SSL* ssl = nullptr;
  BIO_get_ssl(bio.get(), &ssl);
  if (!offered_protocol.empty()) {
    const std::string wire =
        std::string(1, static_cast<char>(offered_protocol.size())) + offered_protocol;
    SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(wire.data()),
                        static_cast<unsigned>(wire.size()));
  }
  BIO_set_conn_hostname(bio.get(), ("127.0.0.1:" + std::to_string(port)).c_str());
  if (BIO_do_handshake(bio.get()) != 1) return result;
  const Certificate certificate(SSL_get1_peer_certificate(ssl));
  result.serial = ASN1_INTEGER_get(X509_get_serialNumber(certificate.get()));
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl, &chosen, &size);
  if (size > 0) result.protocol.assign(reinterpret_cast<const char*>(chosen), size);
  return result;
}

TEST(HttpTls, ServesOverTls) {
  const CertificateFiles files("serves");
  TestServer server(Routes(), files.Options());
  EXPECT_TRUE(server.server().url().starts_with("https://127.0.0.1:"));
  HttpClient client = server.Client(files.certificate());
  for (int i = 0; i < 3; ++i) {
    const absl::StatusOr<ClientResponse> response = client.Send("GET", "/");
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->body, "hello");
  }
  EXPECT_EQ(server.Metric("tenantry_net_connections"), 1);
  const std::string large(5 << 20, 'x');
  const absl::StatusOr<ClientResponse> echo = client.Send("POST", "/echo", {}, large);
  ASSERT_TRUE(echo.ok()) << echo.status();
  EXPECT_EQ(echo->body, large);
  server.server().Drain(absl::Now() + absl::Seconds(60));
  EXPECT_EQ(server.Metric("tenantry_net_connections"), 0);
}

TEST(HttpTls, IsTrustedOnlyWithItsAuthority) {
  const CertificateFiles files("trust");
  TestServer server(Routes(), files.Options());
  const absl::Status untrusted = server.Client().Send("GET", "/").status();
  EXPECT_EQ(untrusted.code(), absl::StatusCode::kUnauthenticated) << untrusted;
  ClientOptions other_name;
  other_name.base_url = "https://localhost:" + std::to_string(server.port());
  other_name.ca_file = files.certificate();
  EXPECT_EQ(HttpClient(other_name).Send("GET", "/").status().code(),
            absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(server.Client("/nowhere.pem").Send("GET", "/").status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(HttpTls, TellsPlainClientsToUseTls) {
  const CertificateFiles files("plain");
  TestServer server(Routes(), files.Options());
  RawConnection raw(server.port());
  raw.Send(GetRequest("/"));
  const RawAnswer answer = raw.Read();
  EXPECT_EQ(answer.status, 400);
  EXPECT_NE(answer.body.find("https://"), std::string::npos);
  RawConnection garbage(server.port());
  garbage.Send(std::string_view("\x16\x03\x01\x00\x05hello", 10));
  garbage.ReadToEnd();
  EXPECT_FALSE(garbage.timed_out());
  EXPECT_EQ(server.Refused("handshake"), 2);
  TestServer plain(Routes());
  ClientOptions options;
  options.base_url = "https://" + plain.server().bound_address();
  const absl::Status status = HttpClient(options).Send("GET", "/").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
}

TEST(HttpTls, GivesUpOnHandshakesThatTakeTooLong) {
  const CertificateFiles files("slow");
  HttpServerOptions options = files.Options();
  options.header_timeout = absl::Milliseconds(200);
  TestServer server(Routes(), options);
  RawConnection silent(server.port());
  RawConnection begun(server.port());
  begun.Send("\x16\x03\x01");
  EXPECT_EQ(silent.ReadToEnd(), "");
  begun.ReadToEnd();
  EXPECT_FALSE(silent.timed_out());
  EXPECT_FALSE(begun.timed_out());
}

TEST(HttpTls, SpeaksTls12AndNewerAndHttp11) {
  const CertificateFiles files("versions");
  TestServer server(Routes(), files.Options());
  EXPECT_EQ(Shake(server.port(), "", TLS1_1_VERSION).serial, -1);
  EXPECT_EQ(Shake(server.port(), "", TLS1_2_VERSION).serial, 1);
  EXPECT_EQ(Shake(server.port(), "", TLS1_3_VERSION).serial, 1);
  EXPECT_EQ(Shake(server.port(), "http/1.1").protocol, "http/1.1");
  EXPECT_EQ(Shake(server.port(), "h2").serial, -1);
}

TEST(HttpTls, ReloadsItsCertificateWithoutARestart) {
  CertificateFiles files("reload");
  HttpServerOptions options = files.Options();
  options.tls_reload_interval = absl::Hours(1);
  TestServer server(Routes(), options);
  HttpClient before = server.Client(files.certificate());
  EXPECT_TRUE(before.Send("GET", "/").ok());
  files.Renew(2);
  EXPECT_EQ(Shake(server.port(), "").serial, 1);
  EXPECT_TRUE(server.server().ReloadTls().ok());
  EXPECT_EQ(Shake(server.port(), "").serial, 2);
  EXPECT_TRUE(before.Send("GET", "/").ok());  // on the connection that it has
  std::ofstream(files.certificate()) << "no certificate";
  const absl::Status status = server.server().ReloadTls();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(status.ToString().find(files.certificate()), std::string::npos);
  EXPECT_EQ(Shake(server.port(), "").serial, 2);
  EXPECT_EQ(TestServer(Routes()).server().ReloadTls().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST(HttpTls, AsksNobodyForAPassphrase) {
  CertificateFiles files("passphrase");
  TestServer server(Routes(), files.Options());
  files.Renew(2, "secret");
  const absl::Status status = server.server().ReloadTls();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(status.ToString().find(files.key() + " is locked by a passphrase"), std::string::npos)
      << status;
  EXPECT_EQ(Shake(server.port(), "").serial, 1);
  files.Renew(3);
  EXPECT_TRUE(server.server().ReloadTls().ok());
  EXPECT_EQ(Shake(server.port(), "").serial, 3);
}

TEST(HttpTls, NoticesChangedFilesByItself) {
  CertificateFiles files("watch");
  TestServer server(Routes(), files.Options());
  EXPECT_EQ(Shake(server.port(), "").serial, 1);
  files.Renew(7);
  while (Shake(server.port(), "").serial != 7) continue;
}

TEST(HttpTls, RefusesFilesThatDoNotBelongTogether) {
  const CertificateFiles one("one");
  const CertificateFiles two("two");
  HttpServerOptions options = one.Options();
  options.listen = "127.0.0.1:0";
  options.tls_key_file = two.key();
  base::SystemClock clock;
  base::SystemRandom random;
  runtime::Metrics metrics;
  EXPECT_EQ(HttpServer(options, Routes(), clock, random, metrics).Start().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(HttpTls, CancelsStreamsWhenTheClientLeavesAndEndsThemInOrder) {
  const CertificateFiles files("stream");
  absl::Notification cancelled;
  TestServer server({{"GET", "/endless", "endless",
                      [&](const HttpRequest&) {
                        HttpResponse response;
                        response.stream = [&](StreamWriter& writer) {
                          while (writer.Write("x").ok()) continue;
                          cancelled.Notify();
                        };
                        return response;
                      }},
                     {"GET", "/short", "short",
                      [](const HttpRequest&) {
                        HttpResponse response;
                        response.stream = [](StreamWriter& writer) {
                          EXPECT_TRUE(writer.Write("abc").ok());
                        };
                        return response;
                      }}},
                    files.Options());
  HttpClient client = server.Client(files.certificate());
  const absl::StatusOr<ClientResponse> whole = client.Send("GET", "/short");
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_EQ(whole->body, "abc");
  size_t received = 0;
  EXPECT_TRUE(client
                  .Stream("/endless", {},
                          [&](std::string_view bytes) { return (received += bytes.size()) < 100; })
                  .ok());
  cancelled.WaitForNotification();
}

}  // namespace
}  // namespace tenantry::net
