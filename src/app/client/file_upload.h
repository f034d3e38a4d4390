#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "app/client/api_client.h"
#include "app/client/running_digest.h"
#include "app/console/format.h"
#include "app/console/terminal.h"

namespace tenantry::app::client {

/// What is uploaded, and as what.
struct UploadPlan {
  std::string tenant;
  std::string file;
  console::Json request;  ///< as POST .../datasets takes it
};

/// Sends a file to a server as a data set, part by part. An upload that was broken off, by
/// whoever's death, is gone on with when the file begins with what was sent of it: its id, and the
/// digest of what was sent, are kept in the person's data folder until it has ended. Used by one
/// thread.
class FileUpload {
 public:
  /// The references outlive this.
  FileUpload(ApiClient& api, console::Terminal& terminal) : api_(api), terminal_(terminal) {}

  /// Told how many bytes are sent, of how many, and whether the server imports them already.
  using OnProgress = std::function<void(int64_t sent, int64_t bytes, bool importing)>;

  /// Sends the file and waits until the data set is there; gives the upload's last state. A server
  /// that is away is waited for, half a minute at most. NotFound, PermissionDenied: of the file;
  /// InvalidArgument: the data can't be read (`failed` then holds the upload), or the file changed
  /// meanwhile; Aborted: the server has other parts of the upload; else the answers of the server.
  absl::StatusOr<console::Json> Run(const UploadPlan& plan, const OnProgress& progress,
                                    console::Json& failed);

 private:
  absl::StatusOr<console::Json> Open(const UploadPlan& plan);
  absl::StatusOr<std::optional<console::Json>> GoOn(const UploadPlan& plan,
                                                    const std::string& prefix);
  absl::StatusOr<bool> IsWhatWasSent(const std::string& file, const std::string& digest);
  absl::StatusOr<console::Json> AwaitEnd(console::Json upload, const OnProgress& progress);
  absl::Status GiveUp(const console::Json& upload);
  absl::StatusOr<console::Json> Patiently(
      const std::function<absl::StatusOr<console::Json>()>& call);
  absl::StatusOr<console::Json> SendPart(std::string_view bytes, int64_t offset);
  absl::StatusOr<console::Json> SendAll(const UploadPlan& plan, console::Json upload,
                                        const OnProgress& progress);
  absl::StatusOr<console::Json> State();
  void Remember();
  void Forget();

  ApiClient& api_;
  console::Terminal& terminal_;
  std::string path_;      // of the upload in the API
  std::string memory_;    // the file that keeps it; empty: nowhere to keep it
  int64_t bytes_ = 0;     // of the file
  int64_t sent_ = 0;      // of them, as far as is known
  RunningDigest digest_;  // of those
};

}  // namespace tenantry::app::client
