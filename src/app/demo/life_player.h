#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "net/http_client.h"
#include "simulator/tenant_life.h"

namespace tenantry::app::demo {

/// Plays the actions of a life against a server's API: what people do by logging in as them, what
/// the lake and the executors tell as events. Used by one thread.
class LifePlayer {
 public:
  /// `url` is the server, `token` an operator's.
  LifePlayer(const std::string& url, std::string token);

  /// Does one action, or keeps its event for the next Flush. An error says what the server refused.
  absl::Status Play(const simulator::Action& action);

  /// Sends the events kept so far as one batch.
  absl::Status Flush();

  /// Sends a request with the operator's token; the answer's JSON. An error for any status of 400
  /// or more, with the server's words.
  absl::StatusOr<nlohmann::json> Call(std::string_view method, const std::string& path,
                                      std::string_view body);

  /// How many actions were played.
  int64_t played() const { return played_; }

 private:
  // A login session as the server knows it.
  struct Login {
    std::string token;
    std::string id;
  };

  absl::StatusOr<nlohmann::json> CallAs(const std::string& token, std::string_view method,
                                        const std::string& path, std::string_view body);
  absl::Status LogIn(const simulator::Action& action);
  absl::Status LogOff(const simulator::Action& action);
  absl::Status KeepEvent(const simulator::Action& action);

  net::HttpClient client_;
  const std::string token_;
  absl::flat_hash_map<std::string, Login> logins_;  // by the life's session
  std::string batch_;
  int64_t kept_ = 0;
  int64_t played_ = 0;
};

}  // namespace tenantry::app::demo
