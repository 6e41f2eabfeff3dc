#!/bin/sh
# The demo plays to its end without a terminal, a locale or a home, leaves nothing behind, also when it is
# interrupted, and says so when something in it fails.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
VALISE=${VALISE:-$root/build/release/valise}
build=$(cd "$(dirname "$VALISE")" && pwd)
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
mkdir "$T/tmp"
n=0
result() { # NAME: the status before it decides
    if [ $? -eq 0 ]; then ok=ok; else ok="not ok"; fi
    n=$((n + 1))
    echo "$ok $n - $*"
    [ "$ok" = ok ] || tail -n 12 "$T/out" | sed 's/^/# /'
}
play() {
    env -i PATH="$PATH" TMPDIR="$T/tmp" sh "$root/tests/acceptance/demo.sh" "$1" >"$T/out" 2>&1 </dev/null
}

play "$build"
result "it plays to the end"
[ -z "$(ls -A "$T/tmp")" ]
result "it leaves nothing behind"
! grep -q "$(printf '\033')" "$T/out"
result "it writes no terminal codes into a file"
[ "$(grep -cE '^(ny|hague)\$ valise ' "$T/out")" -ge 30 ]
result "its transcript shows the commands as typed"
[ "$(grep -oE 'State ([0-9A-F]{4}-){2}[0-9A-F]{4}' "$T/out" | sort | uniq -d | wc -l)" -ge 3 ]
result "both laptops meet in the same states"

# A program that fails at the third command.
mkdir "$T/bad"
cp "$build/valise-courier" "$T/bad/"
cat >"$T/bad/valise" <<END
#!/bin/sh
case \$* in
warrant*) echo "broken" && exit 1 ;;
esac
exec "$build/valise" "\$@"
END
chmod +x "$T/bad/valise"
! play "$T/bad" && grep -q 'ended with status 1' "$T/out"
result "it fails when a step fails"
[ -z "$(ls -A "$T/tmp")" ]
result "and leaves nothing behind then"
play "$T" || [ $? -eq 1 ]
grep -q 'make programs' "$T/out"
result "it says what to do where nothing is built"

env -i PATH="$PATH" TMPDIR="$T/tmp" setsid sh "$root/tests/acceptance/demo.sh" "$build" >"$T/out" 2>&1 </dev/null &
demo=$!
tries=0
until grep -q 'recorded' "$T/out" || [ $tries -ge 300 ]; do
    sleep 0.1
    tries=$((tries + 1))
done
kill -TERM "$demo"
wait "$demo"
[ $? -eq 143 ] && [ -z "$(ls -A "$T/tmp")" ]
result "interrupted, it cleans up"
echo "1..$n"
