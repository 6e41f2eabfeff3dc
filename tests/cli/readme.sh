#!/bin/sh
# README.md can be typed as it stands: its commands exist, its transcript works in the order in which it
# is written, and prints what it says it prints (ids, states and numbers aside).
# shellcheck disable=SC1091,SC2016,SC2154
. "$(dirname "$0")/tap.inc"
readme=$root/README.md

env -i PATH="$PATH" HOME="$HOME" make -C "$root" --no-print-directory help >"$T/out" 2>"$T/err" && empty err
result "make help works in a bare environment"
sed 's/ .*//' "$T/out" | sort -u >"$T/targets"
grep -oE '(^    |`)make [a-z][a-z-]*' "$readme" | sed 's/.*make //' | sort -u >"$T/named"
[ -s "$T/named" ] && comm -23 "$T/named" "$T/targets" >"$T/unknown" && empty unknown
result "every make command is explained by make help"

grep -oE '[`$] ?valise [a-z][a-z-]*( [a-z][a-z-]+)?' "$readme" | sed 's/^. *valise //' | sort -u >"$T/commands"
: >"$T/unknown"
while read -r noun verb; do
    # shellcheck disable=SC2086
    "$VALISE" help $noun $verb >/dev/null 2>&1 || # or a single verb with an argument
        "$VALISE" help "$noun" 2>/dev/null | head -n 1 | grep -q "^valise $noun" || echo "$noun $verb" >>"$T/unknown"
done <"$T/commands"
[ -s "$T/commands" ] && empty unknown
result "every valise command has help"

grep -oE '\]\([^)#]+\)|`[a-z]+(/[a-z_.-]+)*/?`' "$readme" | grep / | tr -d '`])(' >"$T/paths"
: >"$T/unknown"
while read -r path; do
    [ -e "$root/$path" ] || echo "$path" >>"$T/unknown"
done <"$T/paths"
[ -s "$T/paths" ] && empty unknown
result "every file it names is there"

# ---- the transcript ----

# What differs each time, and how wide columns are, is made alike.
alike() {
    sed -E -e 's/[A-Z]{3}-[0-9A-HJKMNP-TV-Z]{7}/REF/g' -e 's/[0-9A-F]{4}(-[0-9A-F]{4}){2}/STATE/g' \
        -e 's/[0-9]{5}( [0-9]{5}){5}/NUMBER/g' -e "s#$T/#/media/usb/#g" -e 's/ +/ /g' -e 's/^ | $//g' "$1"
}
# A line for each command, "laptop|command", and below it a line for each line of its output, "|line".
awk '
    /^    (ny|hague)\$ valise / {
        sub(/^ +/, ""); laptop = $0; sub(/\$.*/, "", laptop); sub(/^[a-z]+\$ /, "")
        line = $0; more = sub(/ *\\$/, "", line)
        if (!more) print laptop "|" line
        output = 1
        next
    }
    more { sub(/^ +/, ""); line = line " " $0; more = sub(/ *\\$/, "", line); if (!more) print laptop "|" line; next }
    /^    / && output { if ($0 !~ /^    Safety number:/) print "|" substr($0, 5); next }
    { output = 0 }
' "$readme" >"$T/script"

bin=$(dirname "$VALISE")
echo "a passphrase for a test" >"$T/pw"
export VALISE_PASSPHRASE_FILE="$T/pw" VALISE_NOW=2027-03-08T08:50:00Z
: >"$T/out"
while IFS='|' read -r laptop line; do
    if [ -z "$laptop" ]; then # part of the output of the command before
        printf '%s\n' "$line" >"$T/line"
        alike "$T/line" >"$T/wanted"
        alike "$T/out" | grep -qxF -f "$T/wanted" || echo "not printed: $line" >>"$T/unlike"
        continue
    fi
    case $line in # the number that is asked for is read out by phone
    *" admit "*)
        line="$line --safety-number $(VALISE_HOME=$T/hague "$VALISE" key safety-number --plain)"
        ;;
    esac
    line=$(printf '%s' "$line" | sed "s#/media/usb#$T#")
    VALISE_HOME=$T/$laptop PATH=$bin:$PATH sh -c "$line" >"$T/out" 2>"$T/err" </dev/null || {
        echo "failed: $laptop\$ $line" >>"$T/unlike"
        cat "$T/err" >>"$T/unlike"
    }
done <"$T/script"
touch "$T/unlike"
[ "$(grep -c '^[a-z]' "$T/script")" -gt 10 ] && empty unlike
result "its transcript works as it is written"
for laptop in ny hague; do
    VALISE_HOME=$T/$laptop "$VALISE" -q lock >/dev/null 2>&1
done
plan
