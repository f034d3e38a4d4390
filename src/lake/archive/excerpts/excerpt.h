#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <string>
#include <string_view>

#include "base/bytes/byte_codec.h"
#include "events/event_codec.h"

namespace tenantry::lake::archive {

/// Takes events; an error ends the reading and is returned. The texts live as long as the callback
/// runs.
using EventCallback = absl::FunctionRef<absl::Status(const events::EventView&)>;

/// Writes down of each event what the analytics count, and nothing else: in place of the ids of
/// users, sessions, data sets and tutorials their hashes, of jobs nothing. Not thread-safe.
class ExcerptWriter {
 public:
  /// Adds an event behind those before.
  void Add(const events::EventView& event);

  /// How many bytes it has so far.
  size_t size() const { return rows_.size(); }

  /// The excerpt of the flush whose manifest's seal is `seal` (docs/formats/event_archive.md), and
  /// begins anew.
  std::string Finish(std::string_view seal);

 private:
  base::ByteWriter rows_;
  std::string tenant_, source_;  // of the event before
};

/// What an ExcerptWriter wrote. Immutable.
class Excerpt {
 public:
  /// Checks the bytes of an excerpt. DataLoss: they are not what was written; FailedPrecondition:
  /// they are of another flush, or of a newer version.
  static absl::StatusOr<Excerpt> Parse(std::string bytes, std::string_view seal);

  /// Gives the events in their order. Equal hashes are given for equal ids, as sixteen bytes; an
  /// unknown type has no name. DataLoss: the bytes make no sense; else the callback's error.
  absl::Status ForEach(EventCallback event) const;

 private:
  explicit Excerpt(std::string bytes) : bytes_(std::move(bytes)) {}

  std::string bytes_;
};

/// Whether the beginning of an excerpt's bytes names the flush with this seal, in this version.
bool IsExcerptOf(std::string_view beginning, std::string_view seal);

/// The bytes by which IsExcerptOf tells.
extern const size_t kExcerptTitleBytes;

}  // namespace tenantry::lake::archive
