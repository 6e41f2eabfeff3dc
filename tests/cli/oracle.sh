#!/bin/sh
# Generated change sets, honest and hostile, merged by the oracle in Python and by the real store: every byte has to be equal.
# VLS_RUNS: how many change sets, 10,000 unless said, 200,000 in `make check-long`; VLS_SEED.
set -u
cd "$(dirname "$0")/../.." || exit 1
: "${MERGE_DUMP:=build/test/tests/oracle/merge_dump}"
if [ ! -x "$MERGE_DUMP" ]; then
    echo "not ok 1 - $MERGE_DUMP is missing; make V=test tests builds it"
    echo "1..1"
    exit 1
fi
if [ "${VLS_TEST_LONG:-}" = 1 ]; then
    : "${VLS_RUNS:=200000}"
    export VLS_RUNS
fi
exec python3 tests/oracle/run.py "$MERGE_DUMP"
