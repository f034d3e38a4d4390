#include "lake/archive/excerpts/excerpt_folder.h"

#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <utility>

#include "base/status.h"
#include "runtime/disk/files.h"
#include "runtime/logging.h"

namespace tenantry::lake::archive {
namespace {

constexpr uint32_t kFileMode = 0600;
constexpr int64_t kBytesMax = int64_t{4} << 30;

}  // namespace

std::string ExcerptFolder::PathOf(uint64_t sequence) const {
  return fmt::format("{}/{:020}", folder_, sequence);
}

absl::Status ExcerptFolder::Put(uint64_t sequence, std::string_view bytes) {
  return runtime::WriteFileAtomically(PathOf(sequence), bytes, kFileMode);
}

absl::StatusOr<std::optional<Excerpt>> ExcerptFolder::Find(uint64_t sequence,
                                                           std::string_view seal) {
  const std::string path = PathOf(sequence);
  auto bytes = runtime::ReadFile(path, kBytesMax);
  if (absl::IsNotFound(bytes.status())) return std::nullopt;
  TENANTRY_RETURN_IF_ERROR(bytes.status());
  auto excerpt = Excerpt::Parse(*std::move(bytes), seal);
  if (excerpt.ok()) return *std::move(excerpt);
  runtime::Log(runtime::LogLevel::kWarning, "lake", "{} is made again from the archive: {}", path,
               base::Message(excerpt.status()));
  std::remove(path.c_str());
  return std::nullopt;
}

bool ExcerptFolder::Has(uint64_t sequence, std::string_view seal) const {
  std::ifstream file(PathOf(sequence), std::ios::binary);
  std::string beginning(kExcerptTitleBytes, '\0');
  file.read(beginning.data(), static_cast<std::streamsize>(beginning.size()));
  return file && IsExcerptOf(beginning, seal);
}

}  // namespace tenantry::lake::archive
