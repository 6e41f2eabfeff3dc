#!/bin/sh
# Runs the quick suite of what `make check` has built, or all there is when VLS_TEST_LONG is set, and counts. Every
# test speaks TAP; one that dies, says nothing or runs out of time counts as failed. The last line is: N passed, N failed
set -u
cd "$(dirname "$0")/../.." || exit 1
logs=build/log
rm -rf "$logs"
mkdir -p "$logs"
passed=0 failed=0 skipped=0 patience=1
[ -z "${VLS_TEST_LONG+set}" ] || patience=40
export CMOCKA_MESSAGE_OUTPUT=TAP LC_ALL=C.UTF-8 TZ=UTC

# one NAME SECONDS COMMAND...: runs a test, adds its counts, shows what failed
one() {
    name=$1 seconds=$(($2 * patience))
    shift 2
    log=$logs/$(echo "$name" | tr '/ ' '__').log
    start=$(date +%s)
    timeout -k 5 "$seconds" "$@" >"$log" 2>&1 </dev/null
    status=$?
    ok=$(grep -c '^ok ' "$log")
    skip=$(grep -ci '^ok .*# skip' "$log")
    ok=$((ok - skip))
    skip=$((skip + $(grep -c '^not ok .*# SKIP' "$log"))) # cmocka's way of saying it
    bad=$(grep '^not ok ' "$log" | grep -cv '^not ok [0-9]* # SKIP')
    if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ] || [ $((ok + bad + skip)) -eq 0 ]; then
        bad=$((bad + 1))
        echo "not ok - $name ended with status $status" >>"$log"
    fi
    passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + skip))
    printf '%-62s %5d ok' "$name" "$ok"
    [ "$skip" -eq 0 ] || printf '  %d skipped' "$skip"
    [ "$bad" -eq 0 ] || printf '  %d FAILED' "$bad"
    printf '  %ds\n' $(($(date +%s) - start))
    if [ "$bad" -ne 0 ]; then
        grep -v '^ok ' "$log" | tail -n 40 | sed 's/^/    /'
    fi
}

one lint 60 sh tests/support/lint.sh
for v in test asan; do
    for t in $(find build/$v/tests/unit build/$v/tests/prop build/$v/tests/fault build/$v/tests/sim -type f -perm -u+x 2>/dev/null | sort); do
        one "$v/${t#build/$v/tests/}" 300 "$t"
    done
done
for t in $(find build/test/tests/fuzz -maxdepth 1 -type f -perm -u+x 2>/dev/null | sort); do
    n=$(basename "$t")
    one "replay/$n" 120 "$t" "tests/fuzz/corpus/${n#fuzz_}"
done
for t in tests/cli/*.sh tests/acceptance/*.sh; do
    [ "$(basename "$t")" = demo.sh ] && continue
    VALISE=$PWD/build/release/valise one "$t" 900 sh "$t"
done

[ "$skipped" -eq 0 ] || echo "$skipped skipped, each with its reason in $logs"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
