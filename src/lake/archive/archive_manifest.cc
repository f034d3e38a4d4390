#include "lake/archive/archive_manifest.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/status.h"
#include "lake/archive/path_segment.h"

namespace tenantry::lake::archive {
namespace {

constexpr std::string_view kTitle = "tenantry-archive-manifest 1\n";
constexpr size_t kSegmentBytesMax = 240;
constexpr size_t kNameBytesMax = 80;

// kManifestSealBytes of it.
std::string Seal(std::string_view text) {
  return fmt::format("end {:016x}\n", XXH3_64bits(text.data(), text.size()));
}

// The part of `text` before the first `separator`; `text` loses both.
std::string_view Cut(std::string_view& text, char separator) {
  const size_t at = text.find(separator);
  const std::string_view head = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return head;
}

template <typename T>
bool ReadNumber(std::string_view text, T& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

bool ReadText(std::string_view encoded, std::string& text) {
  std::optional<std::string> decoded = PercentDecode(encoded);
  if (!decoded) return false;
  text = *std::move(decoded);
  return true;
}

bool ReadOffset(std::string_view text, eventlog::LogOffset& offset) {
  auto parsed = eventlog::LogOffset::Parse(text);
  if (!parsed.ok()) return false;
  offset = *std::move(parsed);
  return true;
}

bool ReadPosition(std::string_view line, ArchiveManifest& manifest) {
  eventlog::PartitionId partition;
  eventlog::LogOffset next;
  const bool sound = ReadText(Cut(line, ' '), partition.stream) &&
                     ReadText(Cut(line, ' '), partition.partition) && ReadOffset(line, next);
  if (sound) manifest.positions[partition] = next;
  return sound;
}

bool ReadFile(std::string_view line, ArchiveManifest& manifest) {
  ArchiveFile file;
  std::string tenant;
  if (!ReadText(Cut(line, ' '), tenant)) return false;
  file.tenant = base::TenantId(std::move(tenant));
  const auto day = base::ParseDay(Cut(line, ' '));
  if (!day.ok()) return false;
  file.day = *day;
  const bool sound =
      ReadText(Cut(line, ' '), file.partition.stream) &&
      ReadText(Cut(line, ' '), file.partition.partition) &&
      ReadOffset(Cut(line, ' '), file.first) && ReadOffset(Cut(line, ' '), file.last) &&
      ReadNumber(Cut(line, ' '), file.rows) && ReadNumber(Cut(line, ' '), file.bytes);
  file.checksum = line;
  if (sound) manifest.files.push_back(std::move(file));
  return sound;
}

absl::StatusOr<ArchiveManifest> ReadLines(std::string_view text, const std::string& name,
                                          const std::optional<base::TenantId>& tenant) {
  ArchiveManifest manifest;
  const std::string wanted =
      tenant.has_value() ? "file " + PercentEncode(tenant->value()) + " " : "file ";
  while (!text.empty()) {
    std::string_view line = Cut(text, '\n');
    bool sound = true;
    if (line.starts_with("file ")) {
      if (!line.starts_with(wanted)) continue;
      sound = ReadFile(line.substr(5), manifest);
    } else {
      const std::string_view kind = Cut(line, ' ');
      sound = kind == "position" ? ReadPosition(line, manifest)
                                 : kind == "sequence" && ReadNumber(line, manifest.sequence);
    }
    if (!sound) return base::DataLoss("{}: a line of the manifest can't be read", name);
  }
  for (ArchiveFile& file : manifest.files) file.flush = manifest.sequence;
  return manifest;
}

}  // namespace

std::string ArchiveFile::Folder() const {
  // Hive's name for the partition of rows without a value; no id encodes to it.
  const std::string segment =
      tenant.empty() ? "__HIVE_DEFAULT_PARTITION__" : PathSegment(tenant.value(), kSegmentBytesMax);
  return fmt::format("tenant={}/dt={}", segment, base::FormatDay(day));
}

std::string ArchiveFile::Path() const {
  // Streams have no hyphen of their own in the name, so that it can be read in one way only.
  std::string stream;
  for (const char c : PathSegment(partition.stream, kNameBytesMax)) {
    stream += c == '-' ? "%2D" : std::string(1, c);
  }
  return fmt::format("{}/{}-{}-{:0>20}.parquet", Folder(), stream,
                     PathSegment(partition.partition, kNameBytesMax), first.text());
}

std::string ArchiveManifest::ToText() const {
  std::string text(kTitle);
  text += fmt::format("sequence {}\n", sequence);
  for (const auto& [partition, next] : positions) {
    text += fmt::format("position {} {} {}\n", PercentEncode(partition.stream),
                        PercentEncode(partition.partition), next.text());
  }
  for (const ArchiveFile& file : files) {
    text += fmt::format("file {} {} {} {} {} {} {} {} {}\n", PercentEncode(file.tenant.value()),
                        base::FormatDay(file.day), PercentEncode(file.partition.stream),
                        PercentEncode(file.partition.partition), file.first.text(),
                        file.last.text(), file.rows, file.bytes, file.checksum);
  }
  return text + Seal(text);
}

std::string ManifestName(uint64_t sequence) { return fmt::format("{:020}", sequence); }

std::string SealOfManifest(std::string_view text) {
  constexpr std::string_view kBefore = "end ";
  constexpr size_t kDigits = 16;
  const size_t begin = text.size() - std::min(text.size(), kManifestSealBytes) + kBefore.size();
  return std::string(text.substr(std::min(begin, text.size()), kDigits));
}

absl::StatusOr<ArchiveManifest> ParseManifest(std::string_view text, const std::string& name,
                                              const std::optional<base::TenantId>& tenant) {
  if (!text.starts_with("tenantry-archive-manifest ") || text.size() < kManifestSealBytes) {
    return base::DataLoss("{}: this is no manifest of an event archive", name);
  }
  const std::string_view body = text.substr(0, text.size() - kManifestSealBytes);
  if (Seal(body) != text.substr(body.size())) {
    return base::DataLoss("{}: the manifest's checksum does not match its text", name);
  }
  if (!body.starts_with(kTitle)) {
    return base::FailedPrecondition("{}: the manifest was written by a newer version", name);
  }
  return ReadLines(body.substr(kTitle.size()), name, tenant);
}

}  // namespace tenantry::lake::archive
