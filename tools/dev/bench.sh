# ./dev bench

bench_help() {
  cat <<'TEXT'
Usage: ./dev bench [NAME...]

Builds and runs the bench programs (bench/<name>_bench.cc and .py), or just these. Most measure
against a control in the same run, interleaved, and print the median ratio; the lines that begin
with `ratio` or `seconds` are repeated at the end. Exit code 1 when a program reports a target
missed.

  ./dev bench
  ./dev bench analytics_memory
TEXT
}

bench_main() {
  local names=() targets=() name failed=0 output
  for name in "$@"; do
    case $name in -*) die "bench knows no option $name; see ./dev bench --help" 2 ;; esac
    name=${name%_bench}
    bench_names | grep -qx "$name" ||
      die "there is no bench/${name}_bench; there are: $(bench_names | xargs)" 2
    names+=("$name")
    if [ -e "$ROOT/bench/${name}_bench.cc" ]; then targets+=("${name}_bench"); fi
  done
  if [ ${#names[@]} -eq 0 ]; then
    mapfile -t names < <(bench_names)
    targets=(benches)
  fi
  [ ${#names[@]} -gt 0 ] || die "bench/ holds no bench program"
  compile release tenantry "${targets[@]}"
  mkdir -p "$LOGS"
  output=$LOGS/bench.log
  : >"$output"
  for name in "${names[@]}"; do
    say "" "== $name"
    (cd "$BUILD/release" && "$(bench_program "$name")") 2>&1 | tee -a "$output" ||
      { failed=1; say "$name: failed"; }
  done
  say "" "== ratios"
  grep -E '^(ratio|seconds)' "$output" || true
  return $failed
}

bench_names() {
  find "$ROOT/bench" -name '*_bench.cc' -printf '%f\n' -o -name '*_bench.py' -printf '%f\n' |
    sed -E 's/_bench\.(cc|py)$//' | sort
}

bench_program() {
  local script=$ROOT/bench/$1_bench.py
  if [ -e "$script" ]; then echo "$script"; else echo "./$1_bench"; fi
}
