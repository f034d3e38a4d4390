#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "roles/dashboard/page_files.h"
#include "roles/role.h"

namespace tenantry::roles {

/// The page: what a browser shows at `/`. Served from memory to anybody; the page then asks the API
/// as whoever signs in.
class DashboardRole final : public Role {
 public:
  /// `files` hold an index.html; they and their bytes outlive the role.
  explicit DashboardRole(std::span<const PageFile> files = PageFiles());

  std::string_view name() const override { return "dashboard"; }
  std::vector<net::Route> Routes() override;
  /// The page, which says that there is no such room, to a browser that asks for a document
  /// outside /api.
  std::optional<net::HttpResponse> Elsewhere(const net::HttpRequest& request, int status) override;

 private:
  const PageFile* Find(std::string_view path) const;
  net::HttpResponse Page(const net::HttpRequest& request) const;
  net::HttpResponse Asset(const net::HttpRequest& request) const;

  const std::span<const PageFile> files_;
  const PageFile* const index_;
};

}  // namespace tenantry::roles
