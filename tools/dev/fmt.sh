# ./dev fmt

fmt_help() {
  cat <<'TEXT'
Usage: ./dev fmt [FILE...]

Formats C++ sources with clang-format 19 (all of the repository, or just these files) and writes the
table of rooms into ARCHITECTURE.md.
TEXT
}

fmt_main() {
  ensure_setup
  python "$ROOT/tools/checks/formatting.py" --write "$@"
  [ $# -gt 0 ] || python "$ROOT/tools/checks/rooms_table.py" --write
}
