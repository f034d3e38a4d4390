# ./dev setup: three parts (Debian's packages, DuckDB, Node tools), each doing nothing where nothing
# is missing. A stamp that holds the hash of the lists, and a look at dpkg, make a second run cheap.

SETUP_LISTS=("$ROOT/tools/setup/debian_packages.txt" "$ROOT/tools/setup/npm_files.lock"
  "$ROOT/package.json" "$ROOT/package-lock.json"
  "$ROOT/dashboard/package.json" "$ROOT/dashboard/package-lock.json")
SETUP_STAMP=$BUILD/setup.stamp
DUCKDB=$BUILD/third_party/duckdb

setup_help() {
  cat <<'TEXT'
Usage: ./dev setup [--force]

Installs what building, testing and checking need, where it is missing:

  1. Debian 12's packages of tools/setup/debian_packages.txt, by apt (as root, or through sudo),
     and Debian's Node.js unless one of version 18 or newer is there
  2. DuckDB's library and header, which come inside two npm packages, into build/third_party
  3. the Node tools of package.json (the linter of the API's contract, what drives the browser) and
     what dashboard/package.json builds the page with, into node_modules beside them

Nothing else on the machine is touched. A second run costs less than 3 s; the other verbs run this
by themselves. --force looks at every part again.
TEXT
}

setup_main() {
  [ $# -eq 0 ] || [ "$1" = --force ] || die "setup knows no option $1; see ./dev setup --help" 2
  if [ $# -eq 0 ] && setup_is_current; then
    say "setup: everything is there"
    return
  fi
  mkdir -p "$LOGS" "$DUCKDB"
  with_lock setup_locked
}

setup_locked() {
  setup_debian
  setup_duckdb
  setup_node_tools
  setup_hash >"$SETUP_STAMP"
  say "setup: done"
}

setup_is_current() {
  [ -f "$SETUP_STAMP" ] && [ "$(cat "$SETUP_STAMP")" = "$(setup_hash)" ] &&
    [ -z "$(missing_packages)" ] && [ -d "$ROOT/node_modules" ] &&
    [ -d "$ROOT/dashboard/node_modules" ] && setup_duckdb_is_there
}

setup_hash() { cat "${SETUP_LISTS[@]}" | sha256sum; }

# --- 1. Debian's packages -------------------------------------------------------------------------

wanted_packages() {
  sed -E 's/#.*//; /^[[:space:]]*$/d' "$ROOT/tools/setup/debian_packages.txt"
  node_is_new_enough || printf 'nodejs\nnpm\n'
}

missing_packages() {
  comm -23 <(wanted_packages | sort) \
    <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p' | sort -u)
}

node_is_new_enough() {
  command -v npm >/dev/null && command -v node >/dev/null &&
    [ "$(node -p 'parseInt(process.versions.node)' 2>/dev/null || echo 0)" -ge 18 ]
}

setup_debian() {
  command -v dpkg-query >/dev/null ||
    die "this is no Debian: install the likes of tools/setup/debian_packages.txt yourself"
  local missing
  mapfile -t missing < <(missing_packages)
  if [ ${#missing[@]} -eq 0 ]; then
    say "setup 1/3: Debian packages: all there"
    return
  fi
  say "setup 1/3: Debian packages: installing ${#missing[@]}: ${missing[*]}"
  as_root "apt-get -q update" "$LOGS/apt_update.log" ||
    die "apt-get update failed: $LOGS/apt_update.log"
  as_root "apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 \
    install ${missing[*]}" "$LOGS/apt_install.log" ||
    { tail -n 20 "$LOGS/apt_install.log" >&2; die "apt-get install: see $LOGS/apt_install.log"; }
  node_is_new_enough ||
    die "Node.js $(node --version) is older than 18: put a newer one before it on the PATH"
}

# as_root COMMAND LOG: runs a package command as root, showing how far it is.
as_root() {
  local sudo=() script="$1 -o APT::Status-Fd=3 3>&1 >>'$2' 2>&1 </dev/null"
  : >"$2"
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "this needs root, and there is no sudo. As root: $1"
    sudo=(sudo)
  fi
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive sh -c "$script" | apt_progress
}

# Reads apt's status lines (`dlstatus:`, `pmstatus:`) and draws one bar, or a line a quarter where
# nobody watches.
apt_progress() {
  local kind percent what shown=""
  while IFS=: read -r kind _ percent what; do
    case $kind in
      dlstatus) what=fetching ;;
      pmstatus) what=installing ;;
      *) continue ;;
    esac
    percent=${percent%%.*}
    if [ -t 1 ]; then
      progress_bar "$what" "$percent"
    elif [ "$shown" != "$what $((percent / 25))" ]; then
      shown="$what $((percent / 25))"
      say "  $what $percent %"
    fi
  done
  [ ! -t 1 ] || printf '\r\033[K'
}

progress_bar() {
  local done=$(($2 * 30 / 100)) full=##############################
  printf '\r\033[K  %-10s [%-30s] %3d %%' "$1" "${full:0:done}" "$2"
}

# --- 2. DuckDB ------------------------------------------------------------------------------------

vendored_files() { grep -vE '^(#|$)' "$ROOT/tools/setup/npm_files.lock"; }

setup_duckdb_is_there() {
  local target
  [ "$(uname -m)" = x86_64 ] || return 0
  while read -r _ _ _ _ target _; do
    [ -f "$DUCKDB/$target" ] || return 1
  done < <(vendored_files)
}

setup_duckdb() {
  if [ "$(uname -m)" != x86_64 ]; then
    say "setup 2/3: DuckDB: none is pinned for $(uname -m): install 1.5.6 or newer with duckdb.h"
    return
  fi
  local package version integrity member target sum
  while read -r package version integrity member target sum; do
    if echo "$sum  $DUCKDB/$target" | sha256sum --check --status 2>/dev/null; then
      say "setup 2/3: DuckDB: $target is there"
    else
      say "setup 2/3: DuckDB: fetching $target (npm package $package $version)"
      fetch_vendored "$package" "$version" "$integrity" "$member" "$target" "$sum"
    fi
  done < <(vendored_files)
}

# fetch_vendored PACKAGE VERSION INTEGRITY MEMBER TARGET SHA256
fetch_vendored() {
  local folder archive
  folder=$(mktemp -d "$DUCKDB/.fetch.XXXXXX")
  (cd "$folder" && npm pack --silent "$1@$2" >/dev/null 2>"$LOGS/npm_pack.log" </dev/null) ||
    { cat "$LOGS/npm_pack.log" >&2; die "npm could not fetch $1@$2"; }
  archive=$(find "$folder" -name '*.tgz')
  [ "sha512-$(openssl dgst -sha512 -binary "$archive" | base64 -w 0)" = "$3" ] ||
    die "$1@$2 is not the package that tools/setup/npm_files.lock names: its integrity differs"
  tar -xzf "$archive" -C "$folder" "$4"
  echo "$6  $folder/$4" | sha256sum --check --status || die "$4 of $1@$2 has another SHA-256"
  mv "$folder/$4" "$DUCKDB/$5"
  rm -r "$folder"
}

# --- 3. Node tools --------------------------------------------------------------------------------

setup_node_tools() {
  local folder
  for folder in "$ROOT" "$ROOT/dashboard"; do
    if node_tools_are_current "$folder"; then
      say "setup 3/3: Node tools: all there in ${folder##*/}"
      continue
    fi
    say "setup 3/3: Node tools: installing into ${folder##*/}/node_modules"
    (cd "$folder" && npm ci --no-audit --no-fund --ignore-scripts --silent) >"$LOGS/npm_ci.log" \
      2>&1 </dev/null || { cat "$LOGS/npm_ci.log" >&2; die "npm ci failed: $LOGS/npm_ci.log"; }
    cp "$folder/package-lock.json" "$folder/node_modules/.tenantry-lock.json"
  done
}

# node_tools_are_current FOLDER
node_tools_are_current() {
  [ -f "$1/node_modules/.package-lock.json" ] &&
    cmp -s "$1/package-lock.json" "$1/node_modules/.tenantry-lock.json"
}
