#include "app/client/file_names.h"

#include <absl/strings/ascii.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/status.h"

namespace tenantry::app::client {
namespace {

constexpr size_t kNameBytesMax = 63;

// From the last dot on, in small letters; also of a name that begins with its only dot.
std::string EndingOf(const std::string& name) {
  const size_t dot = name.rfind('.');
  if (dot == std::string::npos) return "";
  return absl::AsciiStrToLower(name.substr(dot));
}

const std::map<std::string, std::string>& Formats() {
  static const std::map<std::string, std::string> formats = {
      {".csv", "csv"},      {".tsv", "csv"},     {".txt", "csv"},         {".ndjson", "ndjson"},
      {".jsonl", "ndjson"}, {".json", "ndjson"}, {".parquet", "parquet"}, {".pq", "parquet"}};
  return formats;
}

}  // namespace

std::string DataSetNameOf(const std::string& file) {
  std::string whole = std::filesystem::path(file).filename().string();
  const std::string ending = EndingOf(whole);
  if (Formats().contains(ending)) whole.resize(whole.size() - ending.size());
  std::string name;
  bool gap = false;
  for (const char c : whole) {
    const bool plain = absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_';
    if (plain || !gap) name += plain ? c : '_';
    gap = !plain;
  }
  if (name.empty() || absl::ascii_isdigit(static_cast<unsigned char>(name.front()))) {
    name.insert(0, "data_");
  }
  name.resize(std::min(name.size(), kNameBytesMax));
  return name;
}

absl::StatusOr<std::string> FormatOf(const std::string& file) {
  const std::string name = std::filesystem::path(file).filename().string();
  const auto found = Formats().find(EndingOf(name));
  if (found != Formats().end()) return found->second;
  return base::InvalidArgument(
      "the name {} does not end in what its data is: give --format csv, ndjson or parquet", name);
}

}  // namespace tenantry::app::client
