#!/usr/bin/env bash
# Builds everything and runs every test. Ends with one line: N passed, N failed.
set -uo pipefail

help() {
  cat <<'TEXT'
usage: ./test.sh [--help] [FILTER…]

Builds the solution, checks its formatting and runs every test: the .NET test projects, and the tests with real clients (the Twilio SDK for
Node, a browser) against the server that was built; then, in a short form, the endurance tests. The last line says how many passed and failed; the exit code is 0 only
if none failed.

  FILTER   part of a test project's name, such as Core or Server, or  clients  for the tests with real clients, or  endure  for the endurance tests: only
           these are built and run

It needs the .NET 10 SDK, Node 20 or later with npm, and Debian or a relative of it. What else it needs it installs where it is missing:
Debian's chromium, postgresql and redis-server (apt-get, as root or with sudo) and the npm packages of tests/clients, of its folder cli and of each folder of tests/peers
(npm ci, into those folders). The peers are servers that are not ours, such as a mail server; the tests of adapters start them. So they do with PostgreSQL and Redis:
on ports and in directories of their own, which go away with them. What Debian may have started as services is neither used nor touched.
TEXT
}

filters=()
for argument in "$@"; do
  case $argument in
    -h | --help) help; exit 0 ;;
    -*) echo "There is no option $argument. Try: ./test.sh --help" >&2; exit 2 ;;
    *) filters+=("${argument,,}") ;;
  esac
done

cd "$(dirname "${BASH_SOURCE[0]}")" || exit 2
readonly clients=$PWD/tests/clients configuration=Debug stage_limit=900
limit=$stage_limit # seconds that one command may take
work=$(mktemp -d "${TMPDIR:-/tmp}/countersign-test.XXXXXX") || exit 2
mkdir "$work/tmp"
# PostgreSQL refuses to run as root: the tests start it as its own user, who has to get in here.
chmod 711 "$work" && chmod 1777 "$work/tmp" || exit 2
passed=0 failed=0 skipped=0

# Helpers of the SDK that would outlive the build are not started; what tests put aside goes where it is removed at the end.
export TMPDIR=$work/tmp MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1 NO_COLOR=1

children_of() {
  local stat line
  for stat in /proc/[0-9]*/stat; do
    { read -r line <"$stat"; } 2>/dev/null || continue
    line=${line##*) } # what follows the name: state, parent, …
    if [[ ${line#* } == "$1 "* ]]; then
      stat=${stat#/proc/}
      echo "${stat%/stat}"
    fi
  done
}

descendants_of() {
  local child
  for child in $(children_of "$1"); do
    descendants_of "$child"
    echo "$child"
  done
}

clean_up() {
  local pids
  pids=$(descendants_of $$)
  # shellcheck disable=SC2086 # one word a process
  [[ -z $pids ]] || kill -KILL $pids 2>/dev/null
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# In the background, so that a signal is acted on at once and not when the command has ended.
run() {
  timeout --kill-after=10 "$limit" "$@" &
  wait $!
}

finish() {
  ((passed + failed > 0)) || echo "No test ran."
  ((skipped == 0)) || echo "$skipped tests were skipped; the reasons are above."
  echo "$passed passed, $failed failed"
  ((failed == 0 && passed > 0))
  exit
}

# Runs a command that is not a test; its output is shown if it fails, which counts as one failure.
step() {
  local name=$1 begun=$SECONDS code=0
  shift
  printf '%-36s' "$name"
  run "$@" >"$work/step.log" 2>&1 || code=$?
  if ((code == 0)); then
    echo "ok, $((SECONDS - begun)) s"
    return
  fi

  ((code != 124)) || echo "It was ended after $limit s." >>"$work/step.log"
  echo "FAILED, $((SECONDS - begun)) s"
  cat "$work/step.log"
  ((failed++))
  return 1
}

# Adds one result to the totals: name, passed, failed, skipped, seconds, the command's exit code and its output.
count() {
  local name=$1 good=$2 bad=$3 left_out=$4 seconds=$5 code=$6 log=$7
  # A run that ends badly without naming a failed test has crashed.
  ((code == 0 || bad > 0)) || { bad=1; echo "$name ended with exit code $code." >>"$log"; }
  passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + left_out))
  echo "$good passed, $bad failed, $left_out skipped, $seconds s"
  ((bad == 0)) || cat "$log"
}

as_root() {
  if ((EUID == 0)); then
    "$@"
  else
    sudo "$@"
  fi
}

attribute() {
  local value=${1#* "$2"=\"}
  echo "${value%%\"*}"
}

run_project() {
  local name=$1 begun=$SECONDS code=0 results=$work/$1.xml log=$work/$1.log line="" threads=()
  # The tests of stores wait for servers and disks half of their time.
  [[ $name != *.Adapters.Tests ]] || threads=(-maxThreads 1.5x)
  printf '%-36s' "$name"
  run "artifacts/bin/$name/${configuration,,}/$name" -noLogo -noColor "${threads[@]}" -xml "$results" >"$log" 2>&1 || code=$?
  [[ ! -f $results ]] || line=$(grep -o -m1 '<assembly [^>]*>' "$results")
  if [[ -z $line ]]; then
    count "$name" 0 1 0 $((SECONDS - begun)) "$code" "$log"
  else
    count "$name" "$(attribute "$line" passed)" $(($(attribute "$line" failed) + $(attribute "$line" errors))) "$(attribute "$line" skipped)" \
      $((SECONDS - begun)) "$code" "$log"
  fi
}

run_clients() {
  local begun=$SECONDS code=0 log=$work/clients.log line good bad left_out
  printf '%-36s' "clients"
  run node --test --test-reporter="$clients/report.mjs" --test-timeout=180000 "$clients"/*.test.mjs >"$log" 2>&1 || code=$?
  line=$(tail -n 1 "$log")
  [[ $line =~ ^[0-9]+\ [0-9]+\ [0-9]+$ ]] || line="0 1 0"
  read -r good bad left_out <<<"$line"
  sed -i '${/^[0-9]* [0-9]* [0-9]*$/d}' "$log"
  count clients "$good" "$bad" "$left_out" $((SECONDS - begun)) "$code" "$log"
  ((bad > 0)) || grep -E '^(note|skipped): ' "$log" | sed 's/^/  /'
}

# Whether this machine has all that the endurance tests play with: root, for a small file system of their own, and the databases.
plays_all() {
  local tool
  ((EUID == 0)) && compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || return
  for tool in setpriv redis-server redis-cli; do
    command -v "$tool" >/dev/null || return
  done
  mkdir -p "$work/disk" && mount -t tmpfs -o size=1m tmpfs "$work/disk" 2>/dev/null && umount "$work/disk"
}

# Each scenario is a line and counts as one test. Where the machine has all that they need, none may be skipped.
run_endurance() {
  local begun=$SECONDS code=0 log=$work/endure.log good bad left_out options=(--short)
  local limit=1500 # some thirty scenarios, most of which wait for something
  ! plays_all || options+=(--no-skips)
  printf '%-36s' "endure"
  run dotnet "artifacts/bin/Countersign.Bench/${configuration,,}/Countersign.Bench.dll" endure "${options[@]}" >"$log" 2>&1 || code=$?
  good=$(grep -c '^endure .* — ok$' "$log")
  left_out=$(grep -c '^endure .*: skipped: ' "$log")
  bad=$(grep -c '^endure .*: .*FAILED' "$log")
  count endure "$good" "$bad" "$left_out" $((SECONDS - begun)) "$code" "$log"
  ((bad > 0)) || grep '^endure .*: skipped: ' "$log" | sed 's/^/  /'
}

prepare_clients() {
  if [[ ! -x ${CHROMIUM:-/usr/bin/chromium} ]]; then
    echo "Installing Debian's chromium, which the browser tests drive."
    install_debian chromium || return
  fi

  install_packages tests/clients || return
  install_packages tests/clients/cli
}

# The other ends that the tests of adapters talk to. What fails here is counted, and the tests that need it say so themselves.
prepare_peers() {
  local peer missing=()
  compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || missing+=(postgresql)
  command -v redis-server >/dev/null || missing+=(redis-server)
  if ((${#missing[@]} > 0)); then
    echo "Installing Debian's ${missing[*]}, which the tests of stores start for themselves."
    install_debian "${missing[@]}" || :
  fi

  for peer in tests/peers/*/package.json; do
    [[ ! -f $peer ]] || install_packages "$(dirname "$peer")"
  done
}

install_debian() {
  step "apt-get update" as_root apt-get update || return
  step "apt-get install $*" as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

# Installs what a folder's lock file names, into that folder, unless it was done since the file last changed.
install_packages() {
  [[ ! $1/node_modules/.package-lock.json -nt $1/package-lock.json ]] || return 0
  echo "Installing the npm packages of $1 into that folder."
  step "npm ci $(basename "$1")" npm ci --prefix "$1" --no-audit --no-fund --ignore-scripts
}

wanted() {
  local filter
  ((${#filters[@]} > 0)) || return 0
  for filter in "${filters[@]}"; do
    [[ ${1,,} != *"$filter"* ]] || return 0
  done
  return 1
}

projects=()
for project in tests/*/*.csproj; do
  project=$(basename "$project" .csproj)
  ! wanted "$project" || projects+=("$project")
done
with_clients=false with_peers=false with_endurance=false
! wanted clients || with_clients=true
! wanted endure || with_endurance=true
[[ " ${projects[*]} " != *.Adapters.Tests\ * && $with_endurance == false ]] || with_peers=true
if [[ ${#projects[@]} -eq 0 && $with_clients == false && $with_endurance == false ]]; then
  echo "No test project is named like ${filters[*]}."
  finish
fi

for tool in dotnet $([[ $with_clients == false && $with_peers == false ]] || echo node npm); do
  if ! command -v "$tool" >/dev/null; then
    echo "$tool is missing. ./test.sh --help says what is needed."
    failed=1
    finish
  fi
done

# A failing build is a failed test, and there is nothing to run after it.
if ((${#filters[@]} == 0)); then
  targets=(Countersign.slnx)
else
  targets=()
  for project in "${projects[@]}"; do
    targets+=("tests/$project/$project.csproj")
  done
  [[ $with_clients == false ]] || targets+=(src/Countersign.Server/Countersign.Server.csproj)
  [[ $with_endurance == false ]] || targets+=(bench/Countersign.Bench/Countersign.Bench.csproj)
fi
for target in "${targets[@]}"; do
  step "restore $(basename "${target%.*}")" dotnet restore "$target" --locked-mode || finish
  step "build $(basename "${target%.*}")" dotnet build "$target" --no-restore --configuration $configuration -nodeReuse:false || finish
done
((${#filters[@]} > 0)) || step "format" dotnet format whitespace --folder . --verify-no-changes --exclude artifacts

[[ $with_peers == false ]] || prepare_peers
for project in "${projects[@]}"; do
  run_project "$project"
done
if [[ $with_clients == true ]]; then
  ! prepare_clients || run_clients
fi
[[ $with_endurance == false ]] || run_endurance
finish
