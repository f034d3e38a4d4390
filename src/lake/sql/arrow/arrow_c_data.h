#pragma once

#include <cstdint>

// Arrow's C data interface, which DuckDB fills: an ABI, so names and members are as its
// specification (https://arrow.apache.org/docs/format/CDataInterface.html) gives them.
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE
// NOLINTBEGIN(readability-identifier-naming)

/// The type of a column and of what is inside of it. Whoever has it calls `release` once.
struct ArrowSchema {
  const char* format;  ///< the type
  const char* name;
  const char* metadata;
  int64_t flags;  ///< 2: may be null
  int64_t n_children;
  ArrowSchema** children;
  ArrowSchema* dictionary;
  void (*release)(ArrowSchema*);
  void* private_data;
};

/// The values of a column. Whoever has it calls `release` once.
struct ArrowArray {
  int64_t length;
  int64_t null_count;  ///< -1: not counted
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void** buffers;
  ArrowArray** children;
  ArrowArray* dictionary;
  void (*release)(ArrowArray*);
  void* private_data;
};

// NOLINTEND(readability-identifier-naming)
#endif
