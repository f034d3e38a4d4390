# Language level, warnings, launchers and linker, the same for every room.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_compile_options(-Wall -Wextra -Wno-missing-field-initializers)
# The same sums in every preset: without this GCC fuses a multiply and an add where it optimises,
# and a simulated life or a trained model would differ between a debug and a release build.
add_compile_options(-ffp-contract=off)
option(TENANTRY_WERROR "warnings are errors" ON)
if(TENANTRY_WERROR)
  # GCC 12 reports these falsely inside inlined vendor code.
  add_compile_options(-Werror -Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow
    -Wno-array-bounds)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    add_compile_options(-Wno-dangling-pointer)
  endif()
endif()

# simdjson's On-Demand parser is compiled for one instruction set: that of every x86-64 made since
# 2013. The program says so at start where it is missing.
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  set(TENANTRY_ARCH "x86-64-v3" CACHE STRING "instruction set, as -march= takes it")
  add_compile_options(-march=${TENANTRY_ARCH} -mpclmul)
endif()

set(TENANTRY_SANITIZE "" CACHE STRING "sanitizers, as -fsanitize= takes them")
if(TENANTRY_SANITIZE)
  add_compile_options(-fsanitize=${TENANTRY_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${TENANTRY_SANITIZE})
endif()

find_program(TENANTRY_CCACHE ccache)
if(TENANTRY_CCACHE)
  # Precompiled headers and ccache agree only with these settings.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
    ${TENANTRY_CCACHE})
  add_compile_options(-fpch-preprocess)
endif()

find_program(TENANTRY_MOLD mold)
if(TENANTRY_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
