#!/bin/sh
# Runs the benchmarks that `make bench` has built: JSON lines on standard output, progress on standard
# error. BENCH_QUICK=1 takes smaller sizes and ends within a minute. Nothing is judged.
set -u
build=${1:-build/release}
export LC_ALL=C.UTF-8 TZ=UTC

if [ "${BENCH_QUICK:-}" = 1 ]; then
    : "${VLS_BENCH_RECORDS:=1000}" "${VLS_BENCH_ROUNDS:=2}"
    export VLS_BENCH_RECORDS VLS_BENCH_ROUNDS
fi

failed=0
for b in "$build"/tests/bench/*_bench; do
    [ -x "$b" ] || continue
    echo "== ${b##*/}" >&2
    "$b" || { failed=1; echo "== ${b##*/} ended with status $?" >&2; }
done
exit $failed
