#!/bin/sh
# Builds the benchmark once and runs one of its verbs: ./bench.sh --help
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# What a build that succeeds has to say is of no interest here: the output is the results alone.
log=$(dotnet build "$here/bench/Countersign.Bench" -c Release -v quiet -nologo -nodeReuse:false 2>&1) || {
    printf '%s\n' "$log" >&2
    exit 1
}
exec dotnet "$here/artifacts/bin/Countersign.Bench/release/Countersign.Bench.dll" "$@"
