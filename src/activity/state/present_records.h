#pragma once

#include <absl/container/flat_hash_map.h>

#include <string>
#include <vector>

#include "base/instant.h"
#include "events/company_record.h"

namespace tenantry::activity {

/// Every tenant's record as of the present, kept from one answer to the next so that only those
/// that changed are made anew: a record is that of its revision, its risk and its day. Not
/// thread-safe.
class PresentRecords {
 public:
  /// The records are to be as of `now`; those of another day are let go.
  void Begin(base::Instant now);

  /// Whether the kept record of `tenant` is still right; it is as of `now` then.
  bool Keep(const std::string& tenant, uint64_t revision, const events::Risk& risk);

  /// Takes the record of a tenant in place of the one that was kept.
  void Put(events::CompanyRecord record);

  /// The records by tenantID.
  const std::vector<events::CompanyRecord>& Sorted();

  /// As it was sorted last.
  const std::vector<events::CompanyRecord>& records() const { return records_; }

 private:
  base::Instant now_;
  std::vector<events::CompanyRecord> records_;
  // Places in records_ by tenantID, which are those of the records themselves.
  absl::flat_hash_map<std::string, size_t> places_;
  bool sorted_ = true;
};

}  // namespace tenantry::activity
