# What the verbs share. Sourced by ./dev, which sets ROOT.

BUILD=$ROOT/build
LOGS=$BUILD/logs
export PYTHONDONTWRITEBYTECODE=1

say() { printf '%s\n' "$@"; }

# die MESSAGE [EXIT_CODE]
die() {
  printf 'dev: %s\n' "$1" >&2
  exit "${2:-1}"
}

# Debian's own Python, which has Debian's pytest: another one on the PATH may not.
python() {
  if [ -x /usr/bin/python3 ]; then /usr/bin/python3 "$@"; else python3 "$@"; fi
}

# How many compilers run at once: one a core, and no more than 2 GB of memory each allow.
build_jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/^MemAvailable/ {print int($2 / 2000000)}' /proc/meminfo)
  [ "$memory" -ge 1 ] || memory=1
  echo $((cores < memory ? cores : memory))
}

# with_lock COMMAND...: one build at a time in this checkout; the others wait their turn.
with_lock() {
  mkdir -p "$BUILD"
  (
    flock -n 9 || { say "waiting for another ./dev in this folder to finish building"; flock 9; }
    "$@"
  ) 9>"$BUILD/.lock"
}

# Fills ARGUMENTS with what is meant for the program: all arguments, without a leading `--`.
program_arguments() {
  [ "${1:-}" = "--" ] && shift
  ARGUMENTS=("$@")
}

# ensure_setup: installs what is missing; costs some 50 ms when nothing is.
ensure_setup() {
  . "$ROOT/tools/dev/setup.sh"
  setup_is_current || setup_main
}

# configure PRESET: makes the build folder of a CMake preset unless it is there.
configure() {
  [ "$BUILD/$1/build.ninja" -nt "$ROOT/CMakePresets.json" ] && return
  say "configuring the preset $1"
  mkdir -p "$LOGS"
  (cd "$ROOT" && cmake --preset "$1") >"$LOGS/configure_$1.log" 2>&1 ||
    { tail -n 30 "$LOGS/configure_$1.log" >&2; die "CMake failed: $LOGS/configure_$1.log"; }
  touch "$BUILD/$1/build.ninja"
}

# build_page: makes dashboard/dist, which the program embeds, when its sources changed.
build_page() {
  local dist=$ROOT/dashboard/dist sources
  sources=$(page_hash)
  [ -f "$dist/files.txt" ] && [ "$(cat "$dist/.sources" 2>/dev/null)" = "$sources" ] && return
  say "building the page"
  mkdir -p "$LOGS"
  (cd "$ROOT/dashboard" && npm run --silent build) >"$LOGS/page.log" 2>&1 </dev/null ||
    { cat "$LOGS/page.log" >&2; die "the page's build failed: $LOGS/page.log"; }
  tail -n 1 "$LOGS/page.log"
  echo "$sources" >"$dist/.sources"
}

# Of everything that the page is built from.
page_hash() {
  (cd "$ROOT" && find dashboard api/openapi.yaml -type f -not -path '*/node_modules/*' \
    -not -path 'dashboard/dist/*' -not -name schema.ts -print0 | LC_ALL=C sort -z |
    xargs -0 sha256sum | sha256sum)
}

# compile PRESET [TARGET...]: builds these targets, or all of them.
compile() {
  local preset=$1
  shift
  ensure_setup
  with_lock compile_locked "$preset" "$@"
}

compile_locked() {
  local preset=$1
  shift
  build_page
  configure "$preset"
  (cd "$ROOT" && cmake --build --preset "$preset" -j "$(build_jobs)" ${1:+--target "$@"}) ||
    die "the build failed; the first error above is the one to read"
  if [ "$preset" = release ] && [ -x "$BUILD/release/tenantry" ]; then
    ln -sfn release/tenantry "$BUILD/tenantry"
  fi
}
