#include "activity/replay/replay.h"

#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <utility>

#include "base/status.h"
#include "runtime/disk/files.h"
#include "runtime/disk/input_file.h"

namespace tenantry::activity {
namespace {

constexpr size_t kBlockBytes = 1 << 20;
constexpr size_t kBatchEvents = 256;
constexpr int64_t kStateBytesMax = int64_t{1} << 40;
constexpr char kStateFile[] = "replay_state";
constexpr std::string_view kStateMark = "tenantry replay state 1\n";

// Lines that Python's bytes.strip() would empty, as the definition passes over them.
bool IsBlank(std::string_view line) {
  return std::all_of(line.begin(), line.end(),
                     [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); });
}

void PutText(std::string& bytes, std::string_view text) {
  const uint64_t size = text.size();
  bytes.append(reinterpret_cast<const char*>(&size), sizeof size);
  bytes += text;
}

bool TakeText(std::string_view& bytes, std::string_view& text) {
  uint64_t size;
  if (bytes.size() < sizeof size) return false;
  std::memcpy(&size, bytes.data(), sizeof size);
  bytes.remove_prefix(sizeof size);
  if (size > bytes.size()) return false;
  text = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return true;
}

// True when the mark and the checksum are right; `bytes` is what follows them.
bool CheckState(std::string_view whole, std::string_view& bytes) {
  uint64_t checksum;
  if (!whole.starts_with(kStateMark)) return false;
  bytes = whole.substr(kStateMark.size());
  if (bytes.size() < sizeof checksum) return false;
  std::memcpy(&checksum, bytes.data(), sizeof checksum);
  bytes.remove_prefix(sizeof checksum);
  return XXH3_64bits(bytes.data(), bytes.size()) == checksum;
}

}  // namespace

Replay::Replay(std::optional<base::Instant> as_of)
    : as_of_(as_of),
      analytics_(as_of ? as_of->day() : INT32_MAX, false),
      batch_(kBatchEvents),
      outcomes_(kBatchEvents) {}

absl::Status Replay::ReadFile(const std::string& path, std::istream& standard_input) {
  if (path == "-") return ReadStream(standard_input);
  if (std::filesystem::is_directory(path)) {
    return base::InvalidArgument("can't read {}: it is a folder", path);
  }
  TENANTRY_ASSIGN_OR_RETURN(const auto file, runtime::InputFile::Open(path));
  std::string block(kBlockBytes, '\0'), rest;
  while (true) {
    TENANTRY_ASSIGN_OR_RETURN(const size_t size, file->Read(block.data(), block.size()));
    if (size == 0) break;
    ReadBlock({block.data(), size}, rest);
  }
  ReadLine(rest);
  return absl::OkStatus();
}

absl::Status Replay::ReadStream(std::istream& lines) {
  std::string block(kBlockBytes, '\0'), rest;
  while (lines) {
    lines.read(block.data(), static_cast<std::streamsize>(block.size()));
    ReadBlock({block.data(), static_cast<size_t>(lines.gcount())}, rest);
  }
  if (lines.bad()) return runtime::ErrnoStatus(errno, "reading the input");
  ReadLine(rest);
  return absl::OkStatus();
}

// Reads the lines that end in `block`; `rest` is the begun line before and after.
void Replay::ReadBlock(std::string_view block, std::string& rest) {
  for (size_t end; (end = block.find('\n')) != std::string_view::npos;
       block.remove_prefix(end + 1)) {
    if (rest.empty()) {
      AddLine(block.substr(0, end));
      continue;
    }
    rest += block.substr(0, end);
    ReadLine(rest);
    rest.clear();
  }
  CountBatch();
  rest += block;
}

void Replay::ReadLine(std::string_view line) {
  AddLine(line);
  CountBatch();
}

// Reads a line into the batch; the line must stay until the batch is counted.
void Replay::AddLine(std::string_view line) {
  if (IsBlank(line)) return;
  ParsedEvent& next = batch_[batched_];
  next.json = line;
  if (!parser_.ParseMore(line, next.event).ok()) {
    ++counts_.rejected;
    return;
  }
  if (++batched_ == kBatchEvents) CountBatch();
}

void Replay::CountBatch() {
  analytics_.ApplyBatch({batch_.data(), batched_}, absl::MakeSpan(outcomes_.data(), batched_));
  for (size_t i = 0; i < batched_; ++i) {
    if (outcomes_[i] == Outcome::kRepeated) {
      ++counts_.repeated;
      continue;
    }
    ++counts_.events;
    const base::Instant time = batch_[i].event.time;
    greatest_ = any_ ? std::max(greatest_, time) : time;
    any_ = true;
  }
  batched_ = 0;
  parser_.Forget();
}

std::vector<events::CompanyRecord> Replay::Records() const {
  std::vector<base::TenantId> tenants = analytics_.Tenants();
  std::sort(tenants.begin(), tenants.end());
  std::vector<events::CompanyRecord> records;
  for (const base::TenantId& tenant : tenants) {
    events::CompanyRecord record;
    if (analytics_.Find(tenant.value(), as_of(), record) == Found::kRecord) {
      records.push_back(std::move(record));
    }
  }
  return records;
}

absl::Status Replay::LoadState(const std::string& folder) {
  if (std::filesystem::exists(folder) && !std::filesystem::is_directory(folder)) {
    return base::InvalidArgument("{} is a file: the state is left in a folder", folder);
  }
  TENANTRY_RETURN_IF_ERROR(runtime::MakeFolders(folder, 0755));
  TENANTRY_ASSIGN_OR_RETURN(lock_, runtime::FolderLock::Take(folder));
  const auto whole = runtime::ReadFile(folder + "/" + kStateFile, kStateBytesMax);
  if (absl::IsNotFound(whole.status())) return absl::OkStatus();
  TENANTRY_RETURN_IF_ERROR(whole.status());
  std::string_view bytes;
  if (!CheckState(*whole, bytes) || !RestoreCounts(bytes)) {
    return base::DataLoss(
        "the state in {} is damaged or of another version: replay all files into a new folder",
        folder);
  }
  std::string_view id, state, seen;
  while (!bytes.empty()) {
    if (!TakeText(bytes, id) || !TakeText(bytes, state) || !TakeText(bytes, seen)) {
      return base::DataLoss("the state in {} is damaged", folder);
    }
    const base::TenantId tenant{std::string(id)};
    TENANTRY_RETURN_IF_ERROR(analytics_.RestoreState(tenant, state));
    TENANTRY_RETURN_IF_ERROR(analytics_.RestoreSeen(tenant, seen));
    events::CompanyRecord record;
    if (as_of_ && analytics_.Find(id, *as_of_, record) == Found::kNeedsHistory) {
      return base::FailedPrecondition(
          "the state in {} already counts days after --as-of: replay the files without --state",
          folder);
    }
  }
  analytics_.CountWaiting();
  return absl::OkStatus();
}

// The counts and the greatest time, which begin the state.
bool Replay::RestoreCounts(std::string_view& bytes) {
  std::string_view header;
  if (!TakeText(bytes, header) || header.size() != sizeof counts_ + sizeof greatest_ + 1) {
    return false;
  }
  std::memcpy(&counts_, header.data(), sizeof counts_);
  std::memcpy(&greatest_, header.data() + sizeof counts_, sizeof greatest_);
  any_ = header.back() != 0;
  return true;
}

absl::Status Replay::SaveState(const std::string& folder) {
  std::string bytes, header(sizeof counts_ + sizeof greatest_ + 1, '\0');
  std::memcpy(header.data(), &counts_, sizeof counts_);
  std::memcpy(header.data() + sizeof counts_, &greatest_, sizeof greatest_);
  header.back() = any_ ? 1 : 0;
  PutText(bytes, header);
  for (const base::TenantId& tenant : analytics_.Tenants()) {
    PutText(bytes, tenant.value());
    PutText(bytes, analytics_.EncodeState(tenant.value()));
    PutText(bytes, analytics_.EncodeSeen(tenant.value()));
  }
  const uint64_t checksum = XXH3_64bits(bytes.data(), bytes.size());
  std::string whole(kStateMark);
  whole.append(reinterpret_cast<const char*>(&checksum), sizeof checksum);
  whole += bytes;
  TENANTRY_RETURN_IF_ERROR(runtime::MakeFolders(folder, 0755));
  return runtime::WriteFileAtomically(folder + "/" + kStateFile, whole, 0600);
}

}  // namespace tenantry::activity
