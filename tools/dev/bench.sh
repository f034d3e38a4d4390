# ./dev bench

bench_help() {
  cat <<'TEXT'
Usage: ./dev bench [NAME...]

Builds and runs the bench programs (bench/<name>_bench.cc), or just these. Each measures against a
control in the same run, interleaved, and prints the median ratio; the lines that begin with `ratio`
are repeated at the end. Exit code 1 when a program reports that its target was missed.

  ./dev bench
  ./dev bench analytics_memory
TEXT
}

bench_main() {
  local names=() targets=() name failed=0 output
  for name in "$@"; do
    case $name in -*) die "bench knows no option $name; see ./dev bench --help" 2 ;; esac
    name=${name%_bench}
    [ -n "$(find "$ROOT/bench" -name "${name}_bench.cc")" ] ||
      die "there is no bench/**/${name}_bench.cc; there are: $(bench_names | xargs)" 2
    names+=("$name")
    targets+=("${name}_bench")
  done
  if [ ${#names[@]} -eq 0 ]; then
    mapfile -t names < <(bench_names)
    targets=(benches)
  fi
  [ ${#names[@]} -gt 0 ] || die "bench/ holds no bench program"
  compile release "${targets[@]}"
  mkdir -p "$LOGS"
  output=$LOGS/bench.log
  : >"$output"
  for name in "${names[@]}"; do
    say "" "== $name"
    (cd "$BUILD/release" && "./${name}_bench") 2>&1 | tee -a "$output" ||
      { failed=1; say "$name: failed"; }
  done
  say "" "== ratios"
  grep -E '^ratio' "$output" || true
  return $failed
}

bench_names() {
  find "$ROOT/bench" -name '*_bench.cc' -printf '%f\n' | sed 's/_bench\.cc$//' | sort
}
