# ./dev demo

demo_help() {
  cat <<'TEXT'
Usage: ./dev demo [-- ARGUMENTS]

Installs what is missing, builds, and runs `tenantry demo`: tenants register, people log in, change
data, submit jobs and leave over 120 simulated days, while data scientists of three of them bring
real data and run real jobs; a churn model is trained; the five questions are answered. The server
then stays up with its page, and tells who may sign in; Ctrl-C ends it.

  ./dev demo                      stays up
  ./dev demo -- --exit            tells the story and ends
  ./dev demo -- --keep DIR        keeps the data for later
  ./dev demo -- --help            all of the program's own options
TEXT
}

demo_main() {
  program_arguments "$@"
  compile release tenantry
  exec "$BUILD/tenantry" demo "${ARGUMENTS[@]}"
}
