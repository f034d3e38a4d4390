# ./dev test

test_help() {
  cat <<'TEXT'
Usage: ./dev test [--unit] [--e2e] [--browser] [--preset PRESET] [ROOM...]

Builds what is to be tested, runs it and prints a summary. Without arguments: everything.

  --unit            the rooms' unit and contract tests, beside the code
  --e2e             tests/e2e: the real binary as its users see it
  --browser         tests/browser: the page in Chromium, over a demonstration's data; pictures of
                    every room go into build/screenshots
  ROOM...           the unit tests of these rooms only:  ./dev test net eventlog
  --preset PRESET   release (default), dev, asan, tsan; others than release run unit tests only

Tests on real data read it from the folder TENANTRY_TEST_DATA (default ../shared/data) and are
skipped where it is absent. With CI=true a skipped test is a failure.
TEXT
}

test_main() {
  local preset=release parts=() rooms=()
  while [ $# -gt 0 ]; do
    case $1 in
      --unit) parts+=(unit) ;;
      --e2e) parts+=(e2e) ;;
      --browser) parts+=(browser) ;;
      --preset) [ $# -ge 2 ] || die "--preset needs a name; see ./dev test --help" 2
        preset=$2; shift ;;
      --preset=*) preset=${1#*=} ;;
      -*) die "test knows no option $1; see ./dev test --help" 2 ;;
      *) grep -qE "^[0-9]+ +$1 *:" "$ROOT/src/layers.txt" ||
          die "there is no room '$1' in src/layers.txt" 2
        rooms+=("$1") ;;
    esac
    shift
  done
  if [ ${#rooms[@]} -gt 0 ] || { [ ${#parts[@]} -eq 0 ] && [ "$preset" != release ]; }; then
    parts=(unit)
  fi
  [ ${#parts[@]} -gt 0 ] || parts=(unit tools e2e browser openapi)
  test_find_data
  test_build "$preset" "${rooms[@]}"
  test_run "$preset"
}

test_find_data() {
  export TENANTRY_TEST_DATA=${TENANTRY_TEST_DATA:-$ROOT/../shared/data}
  if [ -d "$TENANTRY_TEST_DATA" ]; then
    TENANTRY_TEST_DATA=$(cd "$TENANTRY_TEST_DATA" && pwd)
  else
    say "TENANTRY_TEST_DATA: there is no folder $TENANTRY_TEST_DATA: tests on real data are skipped"
  fi
}

# test_build PRESET [ROOM...]: the targets that the parts need.
test_build() {
  local preset=$1 room targets=()
  shift
  case " ${parts[*]} " in
    *" unit "*)
      for room in "$@"; do
        [ -n "$(find "$ROOT/src/$room" -name '*_test.cc' -print -quit)" ] ||
          die "$room has no tests"
        targets+=("${room}_test")
      done
      ;;
    *" e2e "* | *" browser "*) targets=(tenantry) ;;
  esac
  compile "$preset" "${targets[@]}"
}

# test_run PRESET: runs the parts, each leaving its results in a folder; the summary judges them.
test_run() {
  local preset=$1 part failed=0
  RESULTS=$BUILD/test_results
  rm -rf "$RESULTS"
  mkdir -p "$RESULTS"
  for part in "${parts[@]}"; do
    "test_part_$part" "$preset" || failed=1
  done
  python "$ROOT/tools/summarize_tests.py" "$RESULTS" "${parts[@]}" || failed=1
  return $failed
}

test_part_unit() {
  local only=() temporary failed=0
  say "" "== unit and contract tests"
  [ ${#rooms[@]} -eq 0 ] || only=(-R "^($(IFS='|'; printf '%s' "${rooms[*]}"))\$")
  mkdir -p "$RESULTS/unit"
  temporary=$(mktemp -d)
  TEST_TMPDIR=$temporary GTEST_OUTPUT="xml:$RESULTS/unit/" ctest --test-dir "$BUILD/$1" \
    --output-on-failure --no-tests=error -j "$(nproc)" \
    --output-junit "$RESULTS/unit_binaries.xml" "${only[@]}" || failed=1
  rm -rf "$temporary"
  return $failed
}

test_part_tools() {
  say "" "== tests of the checks"
  python -m pytest -q -p no:cacheprovider --junitxml="$RESULTS/tools.xml" "$ROOT/tools"
}

test_part_e2e() {
  say "" "== end-to-end tests"
  python -m pytest -q -rs -p no:cacheprovider --durations=5 --junitxml="$RESULTS/e2e.xml" \
    "$ROOT/tests/e2e"
}

test_part_browser() {
  say "" "== the page in a browser"
  python -m pytest -q -rs -p no:cacheprovider --junitxml="$RESULTS/browser.xml" \
    "$ROOT/tests/browser"
}

test_part_openapi() {
  say "" "== the API's contract"
  (cd "$ROOT" && node tools/lint_openapi.mjs api/openapi.yaml) &&
    say "api/openapi.yaml: no problem" && : >"$RESULTS/openapi.ok"
}
