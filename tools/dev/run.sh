# ./dev run

run_help() {
  cat <<'TEXT'
Usage: ./dev run -- ARGUMENTS

Builds the program where needed and runs it with these arguments.

  ./dev run -- --help
  ./dev run -- serve --data ~/tenantry
TEXT
}

run_main() {
  program_arguments "$@"
  compile release tenantry >&2
  exec "$BUILD/tenantry" "${ARGUMENTS[@]}"
}
