# Every library that is not ours, under the short name that src/layers.txt uses: `vendor_<name>`.
# What each is for stands in ARCHITECTURE.md.
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(absl REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(simdjson REQUIRED)
find_package(GTest REQUIRED)
find_package(rapidcheck REQUIRED)

function(tenantry_vendor name)
  add_library(vendor_${name} INTERFACE)
  target_link_libraries(vendor_${name} INTERFACE ${ARGN})
endfunction()

function(tenantry_vendor_pkgconfig name module)
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET ${module})
  tenantry_vendor(${name} PkgConfig::${name})
endfunction()

tenantry_vendor(absl absl::status absl::statusor absl::strings absl::time absl::flat_hash_map
  absl::flat_hash_set absl::synchronization absl::base absl::hash absl::int128 absl::inlined_vector
  absl::btree absl::span absl::cleanup absl::function_ref Threads::Threads)
tenantry_vendor(fmt fmt::fmt)
tenantry_vendor(spdlog spdlog::spdlog)
tenantry_vendor(tomlplusplus tomlplusplus::tomlplusplus)
tenantry_vendor(prometheus prometheus-cpp::core)
tenantry_vendor(boost boost_system Threads::Threads)
tenantry_vendor(openssl OpenSSL::SSL OpenSSL::Crypto)
tenantry_vendor(zlib ZLIB::ZLIB)
tenantry_vendor(json)
tenantry_vendor(simdjson simdjson::simdjson)
tenantry_vendor(rocksdb rocksdb)
tenantry_vendor(soci soci_core soci_sqlite3)
if(TENANTRY_SANITIZE MATCHES "undefined")
  # SOCI keeps the type information to itself that this check asks for.
  target_compile_options(vendor_soci INTERFACE -fno-sanitize=vptr)
endif()
tenantry_vendor_pkgconfig(sqlite sqlite3)
tenantry_vendor_pkgconfig(sodium libsodium)
tenantry_vendor_pkgconfig(xxhash libxxhash)
tenantry_vendor_pkgconfig(eigen eigen3)
tenantry_vendor(cli11)
find_path(TENANTRY_FLATBUFFERS_INCLUDE flatbuffers/flatbuffers.h REQUIRED)
tenantry_vendor(flatbuffers)

# DuckDB is loaded by the child process that runs it (src/lake), never linked: only its C header is
# needed here. An installed DuckDB is preferred; otherwise `./dev setup` has put one into build/.
find_path(TENANTRY_DUCKDB_INCLUDE duckdb.h PATHS ${CMAKE_SOURCE_DIR}/build/third_party/duckdb)
find_library(TENANTRY_DUCKDB_LIBRARY duckdb PATHS ${CMAKE_SOURCE_DIR}/build/third_party/duckdb)
if(NOT TENANTRY_DUCKDB_INCLUDE OR NOT TENANTRY_DUCKDB_LIBRARY)
  message(FATAL_ERROR "DuckDB not found: run ./dev setup")
endif()
tenantry_vendor(duckdb ${CMAKE_DL_LIBS})
target_include_directories(vendor_duckdb SYSTEM INTERFACE ${TENANTRY_DUCKDB_INCLUDE})
target_compile_definitions(vendor_duckdb INTERFACE
  TENANTRY_DUCKDB_LIBRARY="${TENANTRY_DUCKDB_LIBRARY}")
