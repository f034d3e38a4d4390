#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "lake/datasets/data_sets.h"
#include "lake/datasets/imports/uploads.h"
#include "roles/http/doorkeeper.h"
#include "roles/role.h"

namespace tenantry::roles {

/// The data sets of tenants over HTTP, a part of the role `jobs`: their list, uploads in parts,
/// queries. The operator's people see what there is, never what is in it.
class DataSetsRole final : public Role {
 public:
  /// `knows` tells whether a tenant exists. The references outlive the role.
  DataSetsRole(lake::datasets::StoredDataSets& data_sets, lake::datasets::Uploads& uploads,
               std::function<bool(const base::TenantId&)> knows, const Doorkeeper& door)
      : data_sets_(data_sets), uploads_(uploads), knows_(std::move(knows)), door_(door) {}

  std::string_view name() const override { return "jobs"; }
  std::vector<net::Route> Routes() override;

 private:
  using Request = net::HttpRequest;
  using Response = net::HttpResponse;
  using Caller = identity::Caller;

  absl::StatusOr<base::TenantId> Tenant(const Request& request, const Caller& caller,
                                        identity::Permission permission) const;
  void AddUploadRoutes(std::vector<net::Route>& routes);

  // data_sets_role.cc
  Response List(const Request& request, const Caller& caller);
  Response Get(const Request& request, const Caller& caller);
  Response Rename(const Request& request, const Caller& caller);
  Response Delete(const Request& request, const Caller& caller);
  Response Query(const Request& request, const Caller& caller);

  // upload_handlers.cc
  Response Begin(const Request& request, const Caller& caller);
  Response ListUploads(const Request& request, const Caller& caller);
  Response GetUpload(const Request& request, const Caller& caller);
  Response Put(const Request& request, const Caller& caller);
  Response Commit(const Request& request, const Caller& caller);
  Response GiveUp(const Request& request, const Caller& caller);

  lake::datasets::StoredDataSets& data_sets_;
  lake::datasets::Uploads& uploads_;
  const std::function<bool(const base::TenantId&)> knows_;
  const Doorkeeper& door_;
};

/// Who changes data sets, for what the caller asks.
lake::datasets::DataSetChange ChangeOf(const identity::Caller& caller,
                                       const net::HttpRequest& request);

}  // namespace tenantry::roles
