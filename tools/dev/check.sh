# ./dev check

check_help() {
  cat <<'TEXT'
Usage: ./dev check [--all] [--no-tidy] [--only CHECK] [PATH...]

Holds the repository against its own rules (CONTRIBUTING.md) and prints `file:line: what is wrong;
what to do`. With paths, only what concerns them is shown. Exit code 1 when anything is wrong.

  layers      includes against src/layers.txt; floors, cycles, unknown rooms
  sizes       functions, files, lines, folders
  comments    every public declaration of a header has a comment
  words       no unfinished work, no test that sleeps or is switched off
  rooms       every room has a README; the table in ARCHITECTURE.md is the generated one
  formatting  clang-format
  page        svelte-check on the page's sources, strict, with types from api/openapi.yaml
  tidy        a small set of clang-tidy on changed sources

  --all       clang-tidy on every source (what CI=true does); results are kept in ~/.cache/tenantry
  --no-tidy   everything else: some seconds
  --only C    one check
TEXT
}

check_main() {
  ensure_setup
  check_compiles "$@" && with_lock build_page
  python "$ROOT/tools/checks/check.py" "$@"
}

# Whether clang-tidy is asked for: its compile commands come from CMake, which embeds the page.
check_compiles() {
  case " $* " in
    *" --only tidy "* | *" --only=tidy "*) return 0 ;;
    *" --no-tidy "* | *" --only"*) return 1 ;;
  esac
}
