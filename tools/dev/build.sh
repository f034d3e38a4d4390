# ./dev build

build_help() {
  cat <<'TEXT'
Usage: ./dev build [--preset PRESET] [TARGET...]

Compiles targets of a preset, or all of them, into build/PRESET. Two builds never run at once.
build/tenantry always leads to the newest release build.

  --preset PRESET   release (default), dev (no optimisation), asan, tsan

Targets: tenantry (the program), <room>_test, <name>_bench, benches (all of those).

  ./dev build tenantry
  ./dev build --preset asan net_test
TEXT
}

build_main() {
  local preset=release targets=()
  while [ $# -gt 0 ]; do
    case $1 in
      --preset) [ $# -ge 2 ] || die "--preset needs a name; see ./dev build --help" 2
        preset=$2; shift ;;
      --preset=*) preset=${1#*=} ;;
      -*) die "build knows no option $1; see ./dev build --help" 2 ;;
      *) targets+=("$1") ;;
    esac
    shift
  done
  case $preset in
    release | dev | asan | tsan) ;;
    *) die "there is no preset '$preset': release, dev, asan or tsan" 2 ;;
  esac
  compile "$preset" "${targets[@]}"
}
