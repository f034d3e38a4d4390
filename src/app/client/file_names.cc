#include "app/client/file_names.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/status.h"

namespace tenantry::app::client {
namespace {

constexpr size_t kNameBytesMax = 63;

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// From the last dot on, in small letters; also of a name that begins with its only dot.
std::string EndingOf(const std::string& name) {
  const size_t dot = name.rfind('.');
  if (dot == std::string::npos) return "";
  std::string ending = name.substr(dot);
  std::ranges::transform(ending, ending.begin(), [](char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
  return ending;
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
    const bool plain = IsLetter(c) || (c >= '0' && c <= '9') || c == '_';
    if (plain || !gap) name += plain ? c : '_';
    gap = !plain;
  }
  name.resize(std::min(name.size(), kNameBytesMax));
  if (name.empty() || (!IsLetter(name.front()) && name.front() != '_')) name.insert(0, "data_");
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
