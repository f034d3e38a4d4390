#pragma once

#include <string>
#include <string_view>

namespace tenantry::blobstore {

/// The folder of a tenant below the store's: `tenant=` and its id. Letters, digits, `=`, `-`, `_`
/// and inner dots stay, other bytes become %XX; what would be longer than 200 bytes is cut and ends
/// with `~` and the BLAKE2b-256 of the id in hex. Different ids have different folders.
std::string TenantFolder(std::string_view tenant);

/// The file of a key below its tenant's folder: its segments, encoded in the same way, with `.blob`
/// at the end. No file is another's folder; different keys have different files. The key is one
/// that CheckBlobKey lets through.
std::string BlobPath(std::string_view key);

}  // namespace tenantry::blobstore
