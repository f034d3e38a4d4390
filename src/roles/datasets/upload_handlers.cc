#include <absl/strings/escaping.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "net/percent.h"
#include "roles/datasets/data_sets_role.h"
#include "roles/http/paging.h"
#include "roles/http/request_body.h"
#include "runtime/option_values.h"

namespace tenantry::roles {

using identity::Permission;
using lake::datasets::Upload;
using lake::datasets::UploadId;
using lake::datasets::UploadState;
using net::HttpResponse;
using net::Problem;
using nlohmann::json;

namespace {

json Show(const Upload& upload, int64_t part_bytes_max) {
  json shown = lake::datasets::ToJson(upload.request);
  shown["uploadID"] = upload.id.value();
  shown["state"] = lake::datasets::StateName(upload.state);
  shown["bytes"] = upload.bytes;
  shown["partBytesMax"] = part_bytes_max;
  shown["created"] = ShowTime(upload.created);
  shown["updated"] = ShowTime(upload.updated);
  const json answer = json::parse(upload.answer_json, nullptr, false);
  if (upload.state == UploadState::kDone && answer.is_object()) shown.update(answer);
  if (upload.state == UploadState::kFailed && answer.is_object()) shown["problem"] = answer;
  return shown;
}

// As the list of those that are unfinished tells of it.
json ShowShort(const Upload& upload) {
  return {{"uploadID", upload.id.value()},
          {"name", upload.request.name},
          {"format", lake::datasets::FormatName(upload.request.format)},
          {"state", lake::datasets::StateName(upload.state)},
          {"bytes", upload.request.bytes ? json(*upload.request.bytes) : json(nullptr)},
          {"received", upload.bytes},
          {"started", ShowTime(upload.created)},
          {"updated", ShowTime(upload.updated)},
          {"startedBy", upload.change.actor.name}};
}

// The digest of a Content-Digest (RFC 9530) by SHA-256; empty without one.
absl::StatusOr<std::string> ReadDigest(std::string_view header) {
  constexpr std::string_view kBegin = "sha-256=:";
  const size_t begin = header.find(kBegin);
  if (begin == std::string_view::npos) return std::string();
  const std::string_view rest = header.substr(begin + kBegin.size());
  std::string digest;
  const std::string_view text = rest.substr(0, rest.find(':'));
  if (rest.find(':') != std::string_view::npos &&
      absl::Base64Unescape({text.data(), text.size()}, &digest) && digest.size() == 32) {
    return digest;
  }
  return base::InvalidArgument("Content-Digest holds no sha-256=:…: of 32 bytes in base64");
}

absl::StatusOr<int64_t> ReadOffset(const net::HttpRequest& request) {
  const auto text = request.Query("offset");
  if (!text) return base::InvalidArgument("offset is missing: say where the part begins");
  const auto offset = runtime::ParseInt(*text);
  if (offset.ok() && *offset >= 0) return *offset;
  return base::InvalidArgument("offset '{}' is no number of bytes", text->substr(0, 64));
}

}  // namespace

HttpResponse DataSetsRole::Begin(const Request& request, const Caller& caller) {
  const auto begun = [&]() -> absl::StatusOr<Upload> {
    TENANTRY_ASSIGN_OR_RETURN(const auto tenant, Tenant(request, caller, Permission::kUseDataSets));
    TENANTRY_ASSIGN_OR_RETURN(const json body, ReadObject(request.body));
    TENANTRY_ASSIGN_OR_RETURN(const auto asked, lake::datasets::ReadImportRequest(body));
    return uploads_.Begin(tenant, asked, ChangeOf(caller, request));
  }();
  if (!begun.ok()) return Problem(begun.status());
  HttpResponse response =
      HttpResponse::Json(201, Show(*begun, data_sets_.options().upload_part_bytes_max));
  response.headers.emplace("Location",
                           request.path + "/uploads/" + net::PercentEncode(begun->id.value()));
  return response;
}

HttpResponse DataSetsRole::ListUploads(const Request& request, const Caller& caller) {
  const auto tenant = Tenant(request, caller, Permission::kUseDataSets);
  if (!tenant.ok()) return Problem(tenant.status());
  const auto page = ReadPage(request, caller.name());
  if (!page.ok()) return Problem(page.status());
  const auto found = uploads_.List(*tenant, page->after, page->limit + 1);
  if (!found.ok()) return Problem(found.status());
  std::vector<std::pair<std::string, std::string>> items;
  for (const Upload& upload : *found)
    items.emplace_back(upload.id.value(), ShowShort(upload).dump());
  return PageResponse(request, *page, std::move(items));
}

HttpResponse DataSetsRole::GetUpload(const Request& request, const Caller& caller) {
  const auto found = [&]() -> absl::StatusOr<Upload> {
    TENANTRY_ASSIGN_OR_RETURN(const auto tenant, Tenant(request, caller, Permission::kUseDataSets));
    TENANTRY_ASSIGN_OR_RETURN(const auto id, PathId<UploadId>(request, "uploadID"));
    return uploads_.Get(tenant, id);
  }();
  if (!found.ok()) return Problem(found.status());
  return HttpResponse::Json(200, Show(*found, data_sets_.options().upload_part_bytes_max));
}

HttpResponse DataSetsRole::Put(const Request& request, const Caller& caller) {
  const auto put = [&]() -> absl::StatusOr<Upload> {
    TENANTRY_ASSIGN_OR_RETURN(const auto tenant, Tenant(request, caller, Permission::kUseDataSets));
    TENANTRY_ASSIGN_OR_RETURN(const auto id, PathId<UploadId>(request, "uploadID"));
    TENANTRY_ASSIGN_OR_RETURN(const int64_t offset, ReadOffset(request));
    TENANTRY_ASSIGN_OR_RETURN(const std::string digest,
                              ReadDigest(request.Header("Content-Digest")));
    return uploads_.Put(tenant, id, offset, request.body, digest);
  }();
  if (!put.ok()) return Problem(put.status());
  return HttpResponse::Json(200, Show(*put, data_sets_.options().upload_part_bytes_max));
}

HttpResponse DataSetsRole::Commit(const Request& request, const Caller& caller) {
  const auto committed = [&]() -> absl::StatusOr<Upload> {
    TENANTRY_ASSIGN_OR_RETURN(const auto tenant, Tenant(request, caller, Permission::kUseDataSets));
    TENANTRY_ASSIGN_OR_RETURN(const auto id, PathId<UploadId>(request, "uploadID"));
    std::optional<int64_t> bytes;
    if (!request.body.empty()) {
      TENANTRY_ASSIGN_OR_RETURN(const json body, ReadObject(request.body));
      TENANTRY_RETURN_IF_ERROR(CheckFields(body, {"bytes"}));
      if (body.contains("bytes")) {
        if (!body["bytes"].is_number_integer()) {
          return base::InvalidArgument("bytes is no whole number");
        }
        bytes = body["bytes"].get<int64_t>();
      }
    }
    return uploads_.Commit(tenant, id, bytes);
  }();
  if (!committed.ok()) return Problem(committed.status());
  const int status = committed->state == UploadState::kImporting ? 202 : 200;
  return HttpResponse::Json(status, Show(*committed, data_sets_.options().upload_part_bytes_max));
}

HttpResponse DataSetsRole::GiveUp(const Request& request, const Caller& caller) {
  const absl::Status deleted = [&]() -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(const auto tenant, Tenant(request, caller, Permission::kUseDataSets));
    TENANTRY_ASSIGN_OR_RETURN(const auto id, PathId<UploadId>(request, "uploadID"));
    return uploads_.Delete(tenant, id);
  }();
  return deleted.ok() ? HttpResponse::NoContent() : Problem(deleted);
}

}  // namespace tenantry::roles
