#include "app/client/file_upload.h"

#include <absl/cleanup/cleanup.h>
#include <absl/strings/escaping.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <utility>

#include "base/status.h"
#include "net/percent.h"
#include "runtime/disk/files.h"
#include "runtime/disk/paths.h"

namespace tenantry::app::client {

using console::Json;
using console::NumberOf;
using console::TextOf;

namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr absl::Duration kFirstWait = absl::Milliseconds(50);
constexpr absl::Duration kLongestWait = absl::Seconds(2);
constexpr absl::Duration kFirstLook = absl::Milliseconds(10);
constexpr absl::Duration kLongestLook = absl::Milliseconds(500);
constexpr int64_t kMemoryBytesMax = 4096;
constexpr int64_t kPartBytesMax = 64 << 20;
constexpr int64_t kReadBytes = 1 << 20;

std::string Sha256(std::string_view bytes) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

std::string Digest(std::string_view bytes) {
  return "sha-256=:" + absl::Base64Escape(Sha256(bytes)) + ":";
}

// What an upload must have in common with another to go on with it.
absl::StatusOr<std::string> FingerprintOf(const std::string& server, const UploadPlan& plan,
                                          int64_t& bytes) {
  struct stat there{};
  if (stat(plan.file.c_str(), &there) != 0) {
    return runtime::ErrnoStatus(errno, "reading " + plan.file);
  }
  if (!S_ISREG(there.st_mode)) return base::InvalidArgument("{} is no file", plan.file);
  bytes = there.st_size;
  std::error_code error;
  const std::string real = std::filesystem::canonical(plan.file, error).string();
  const std::string all =
      fmt::format("{}\n{}\n{}\n{}\n{}\n{}.{}", server, plan.tenant, plan.request.dump(), real,
                  bytes, there.st_mtim.tv_sec, there.st_mtim.tv_nsec);
  return std::string(absl::BytesToHexString(Sha256(all)));
}

// Reads the file's bytes from `offset` on. InvalidArgument: there are fewer than `bytes`.
absl::StatusOr<std::string> ReadPart(const std::string& path, int64_t offset, int64_t bytes) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return runtime::ErrnoStatus(errno, "reading " + path);
  const absl::Cleanup done = [file] { close(file); };
  std::string part(static_cast<size_t>(bytes), '\0');
  size_t filled = 0;
  while (filled < part.size()) {
    const ssize_t got = pread(file, part.data() + filled, part.size() - filled,
                              offset + static_cast<int64_t>(filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return runtime::ErrnoStatus(errno, "reading " + path);
    if (got == 0) return base::InvalidArgument("{} became shorter while it was sent", path);
    filled += static_cast<size_t>(got);
  }
  return part;
}

}  // namespace

absl::StatusOr<Json> FileUpload::Patiently(const std::function<absl::StatusOr<Json>()>& call) {
  absl::Duration waited, wait = kFirstWait;
  for (;;) {
    absl::StatusOr<Json> answer = call();
    const bool passes = absl::IsUnavailable(answer.status());
    if (!passes || waited >= kPatience) return answer;
    terminal_.sleep(wait);
    waited += wait;
    wait = std::min(wait * 2, kLongestWait);
  }
}

absl::StatusOr<Json> FileUpload::State() {
  return Patiently([this]() -> absl::StatusOr<Json> {
    TENANTRY_ASSIGN_OR_RETURN(ApiAnswer answer, api_.Get(path_));
    return std::move(answer.body);
  });
}

void FileUpload::Remember() {
  if (memory_.empty()) return;
  const std::string folder = std::filesystem::path(memory_).parent_path().string();
  absl::Status kept = runtime::MakeFolders(folder, 0700);
  if (kept.ok()) {
    const std::string text = fmt::format("{}\n{} {}\n", path_, sent_, digest_.Hex());
    kept = runtime::WriteFileAtomically(memory_, text, 0600);
  }
  if (!kept.ok()) {
    console::Say(terminal_,
                 fmt::format("this upload can't be gone on with later: {}", base::Message(kept)));
  }
}

void FileUpload::Forget() {
  if (!memory_.empty()) unlink(memory_.c_str());
}

// Whether the file begins with the `sent_` bytes of this digest, which is gone on with.
absl::StatusOr<bool> FileUpload::IsWhatWasSent(const std::string& file, const std::string& digest) {
  if (sent_ > bytes_) return false;
  for (int64_t at = 0; at < sent_; at += kReadBytes) {
    TENANTRY_ASSIGN_OR_RETURN(const std::string piece,
                              ReadPart(file, at, std::min(kReadBytes, sent_ - at)));
    digest_.Add(piece);
  }
  return sent_ == 0 || digest_.Hex() == digest;
}

// Ends an upload that nobody goes on with, so that nothing of it comes later.
absl::Status FileUpload::GiveUp(const Json& upload) {
  Forget();
  TENANTRY_RETURN_IF_ERROR(AwaitEnd(upload, [](int64_t, int64_t, bool) {}).status());
  const absl::Status deleted = api_.Delete(path_).status();
  return absl::IsNotFound(deleted) ? absl::OkStatus() : deleted;
}

// The upload that was broken off, if it is there and is this file's.
absl::StatusOr<std::optional<Json>> FileUpload::GoOn(const UploadPlan& plan,
                                                     const std::string& prefix) {
  const auto kept = runtime::ReadFile(memory_, kMemoryBytesMax);
  if (!kept.ok()) return std::nullopt;
  std::string digest;
  std::istringstream text(*kept);
  // A memory of an older program tells no digest: all is sent again, and compared by the server.
  if (std::getline(text, path_) && !(text >> sent_ >> digest)) sent_ = 0;
  if (!path_.starts_with(prefix + "/uploads/")) return std::nullopt;
  absl::StatusOr<Json> upload = State();
  if (absl::IsNotFound(upload.status())) return std::nullopt;
  TENANTRY_RETURN_IF_ERROR(upload.status());
  const std::string state = TextOf(*upload, "state");
  if (state == "failed" || state == "done") return std::nullopt;
  const auto received = static_cast<int64_t>(NumberOf(*upload, "bytes"));
  TENANTRY_ASSIGN_OR_RETURN(bool same, IsWhatWasSent(plan.file, digest));
  same = same && sent_ <= received && (state == "receiving" || sent_ == bytes_);
  if (!same) {
    console::Say(terminal_,
                 "the file is not the one that an upload was broken off of: it is sent "
                 "from its beginning");
    TENANTRY_RETURN_IF_ERROR(GiveUp(*upload));
    return std::nullopt;
  }
  console::Say(terminal_, fmt::format("going on with an upload that was broken off, at {}",
                                      console::FormatSize(static_cast<double>(sent_))));
  return *std::move(upload);
}

// The upload that was broken off, or a new one.
absl::StatusOr<Json> FileUpload::Open(const UploadPlan& plan) {
  TENANTRY_ASSIGN_OR_RETURN(const std::string fingerprint,
                            FingerprintOf(api_.server(), plan, bytes_));
  const auto folder = runtime::DataFolder(terminal_.environment);
  if (folder.ok()) memory_ = *folder + "/uploads/" + fingerprint;
  const std::string prefix = ApiPath({"tenants", plan.tenant, "datasets"});
  TENANTRY_ASSIGN_OR_RETURN(std::optional<Json> before, GoOn(plan, prefix));
  if (before) return *std::move(before);
  Forget();
  sent_ = 0;
  digest_ = RunningDigest();
  Json request = plan.request;
  request["bytes"] = bytes_;
  TENANTRY_ASSIGN_OR_RETURN(Json upload, Patiently([&]() -> absl::StatusOr<Json> {
                              TENANTRY_ASSIGN_OR_RETURN(ApiAnswer answer,
                                                        api_.Create(prefix, request));
                              return std::move(answer.body);
                            }));
  path_ = prefix + "/uploads/" + net::PercentEncode(TextOf(upload, "uploadID"));
  Remember();
  return upload;
}

absl::StatusOr<Json> FileUpload::SendPart(std::string_view bytes, int64_t offset) {
  const std::string digest = Digest(bytes);
  return Patiently([&]() -> absl::StatusOr<Json> {
    const net::Headers headers = {{"Content-Type", "application/octet-stream"},
                                  {"Content-Digest", digest}};
    TENANTRY_ASSIGN_OR_RETURN(
        const net::ClientResponse response,
        api_.Exchange("PUT", fmt::format("{}?offset={}", path_, offset), headers, bytes));
    if (response.status == 503) return base::Unavailable("the server is busy");
    TENANTRY_RETURN_IF_ERROR(api_.StatusOf(response));
    return Json::parse(response.body, nullptr, false);
  });
}

absl::StatusOr<Json> FileUpload::SendAll(const UploadPlan& plan, Json upload,
                                         const OnProgress& progress) {
  const auto part_bytes =
      std::clamp<int64_t>(static_cast<int64_t>(NumberOf(upload, "partBytesMax")), 1, kPartBytesMax);
  while (sent_ < bytes_) {
    progress(sent_, bytes_, false);
    TENANTRY_ASSIGN_OR_RETURN(const std::string part,
                              ReadPart(plan.file, sent_, std::min(part_bytes, bytes_ - sent_)));
    // What the server has already, because an answer was lost, it compares.
    const absl::StatusOr<Json> after = SendPart(part, sent_);
    if (absl::IsAborted(after.status()) || absl::IsFailedPrecondition(after.status())) {
      Forget();  // other parts, or another file's: the next try sends all
    }
    TENANTRY_RETURN_IF_ERROR(after.status());
    sent_ += std::ssize(part);
    if (static_cast<int64_t>(NumberOf(*after, "bytes")) < sent_) {
      return base::Internal("the server lost a part of the upload: try again");
    }
    digest_.Add(part);
    Remember();
  }
  progress(sent_, bytes_, false);
  return Patiently([&]() -> absl::StatusOr<Json> {
    TENANTRY_ASSIGN_OR_RETURN(ApiAnswer answer, api_.Post(path_ + "/commit", {{"bytes", bytes_}}));
    return std::move(answer.body);
  });
}

absl::StatusOr<Json> FileUpload::AwaitEnd(Json upload, const OnProgress& progress) {
  for (absl::Duration wait = kFirstLook; TextOf(upload, "state") == "importing";
       wait = std::min(wait * 2, kLongestLook)) {
    progress(bytes_, bytes_, true);
    terminal_.sleep(wait);
    TENANTRY_ASSIGN_OR_RETURN(upload, State());
  }
  return upload;
}

absl::StatusOr<Json> FileUpload::Run(const UploadPlan& plan, const OnProgress& progress,
                                     Json& failed) {
  TENANTRY_ASSIGN_OR_RETURN(Json upload, Open(plan));
  if (TextOf(upload, "state") == "receiving") {
    TENANTRY_ASSIGN_OR_RETURN(upload, SendAll(plan, std::move(upload), progress));
  }
  TENANTRY_ASSIGN_OR_RETURN(upload, AwaitEnd(std::move(upload), progress));
  Forget();
  if (TextOf(upload, "state") == "done") return upload;
  failed = upload;
  const Json problem = upload.value("problem", Json::object());
  return base::InvalidArgument("{}", TextOf(problem, "detail"));
}

}  // namespace tenantry::app::client
