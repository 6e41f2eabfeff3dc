#!/bin/sh
# Keys as their owner handles them: another passphrase and what it does not end, another key and what it
# ends (LL-08), the recovery code on paper. Refusals first. All persons and words are invented.
. "$(dirname "$0")/tap.inc"
# Some forty derivations: the build with cheap ones does, where there is one (VALISE_COSTLY=1 takes the other).
[ -n "${VALISE_COSTLY:-}" ] || [ ! -x "$root/build/clang/valise" ] || VALISE=$root/build/clang/valise
export VALISE_HOME="$T/ny" VALISE_PASSPHRASE_FILE="$T/pw"
echo "seven invented words make this passphrase" >"$T/pw"
echo "another invented passphrase" >"$T/pw2"
echo "short" >"$T/pw3"
keys=$VALISE_HOME/data/keys store=$VALISE_HOME/data/store
trap 'VALISE_HOME=$T/ny "$VALISE" -q lock >/dev/null 2>&1; rm -rf "$T"' EXIT
run 0 init "Focal points" --delegation Ireland --post "New York" && run 0 -q person add "Idris al-Haddad"
result "a valise with a person"

# locked PASSPHRASE-FILE STATUS ARGUMENTS...: with nothing in the keyring
locked() {
    with=$1 wanted=$2
    shift 2
    "$VALISE" -q lock >/dev/null 2>&1
    VALISE_PASSPHRASE_FILE=$with run "$wanted" "$@"
}

# ---- what is refused ----

before=$(cat "$keys" "$store" | cksum)
locked "$T/pw2" 12 key rekey --keep-passphrase
result "rekey with a wrong passphrase"
VALISE_PASSPHRASE_FILE= run 12 --no-input key rekey --keep-passphrase && has err "nobody can be asked" &&
    has_not err "valise unlock"
result "rekey with nobody to ask, even while unlocked"
run 2 key rekey --keep-passphrase --new-passphrase-file "$T/pw2" && has err "exclude each other"
result "keep the passphrase, or another one"
run 12 --no-input key rekey && has err "nobody can be asked. Use --new-passphrase-file."
result "rekey without a new passphrase"
run 2 key rekey --new-passphrase-file "$T/pw3" && has err "12 characters"
result "rekey to a short passphrase"
run 2 key rekey extra && run 2 key rekey --yess
result "rekey takes no arguments"
run 12 key rekey --new-passphrase-file "$T/nothing"
result "rekey with a passphrase file that is not there"
VALISE_HOME=$T/none run 10 key rekey --keep-passphrase
result "rekey without a valise"
[ "$before" = "$(cat "$keys" "$store" | cksum)" ] && [ "$(ls "$VALISE_HOME/data")" = "$(printf 'keys\nstore')" ]
result "none of these changed anything"

# ---- trying it out ----

run 0 key rekey --dry-run && has out "Nothing was changed" && run 0 key rekey --dry-run --json && valid out &&
    has out '"changed": false' && [ "$before" = "$(cat "$keys" "$store" | cksum)" ]
result "--dry-run changes nothing and says so"

# ---- another passphrase ends nothing for an older copy ----

cp "$keys" "$T/keys.1"
run 0 key passphrase --new-passphrase-file "$T/pw2" && has err "older copy of the key file" && has err "key rekey"
result "key passphrase says what it does not end"
cp "$keys" "$T/keys.2" && cp "$T/keys.1" "$keys" && locked "$T/pw" 0 person list && has out "Idris"
result "but with an older copy of the key file it opens today's store"
cp "$T/keys.2" "$keys"

# ---- another key does ----

VALISE_PASSPHRASE_FILE=$T/pw2 run 0 -q key recovery && cp "$T/out" "$T/code"
cp "$keys" "$T/keys.3" && cp "$store" "$T/store.3"
VALISE_PASSPHRASE_FILE=$T/pw2 run 0 key rekey --new-passphrase-file "$T/pw" && has out "sealed anew" &&
    has err "open nothing" && has err "recovery code is void"
result "key rekey"
VALISE_PASSPHRASE_FILE= run 0 --no-input person list && has out "Idris"
result "the new key took the old one's place in the keyring"
[ "$(ls "$VALISE_HOME/data")" = "$(printf 'keys\nstore')" ]
result "nothing else is left"
locked "$T/pw2" 12 person list && locked "$T/pw" 0 person list
result "the new passphrase opens, the old one does not"
run 12 key restore --code-file "$T/code" --new-passphrase-file "$T/pw2" &&
    has err "this recovery code does not open this valise" && has err "Only the page printed last" && has_not err "environment"
result "the old recovery code is void"
cp "$keys" "$T/keys.now"
for i in 1:pw 2:pw2 3:pw2; do
    cp "$T/keys.${i%:*}" "$keys"
    locked "$T/${i#*:}" 7 person list && empty out && has err "its key file is of another time" &&
        has err "Put $VALISE_HOME/data/store and its key file back from one copy" && has_not err "opening" && has_not err "valise check"
    result "older key file ${i%:*}, which ${i#*:} opens, opens nothing of today's store"
done
run 7 key restore --code-file "$T/code" --new-passphrase-file "$T/pw2"
result "nor does one with its recovery code"
cp "$T/keys.now" "$keys" && cp "$store" "$T/store.now" && cp "$T/store.3" "$store"
locked "$T/pw" 7 person list && empty out && has err "store" && cmp -s "$store" "$T/store.3"
result "an older store does not open under today's key file, and is left as it is (LL-08)"
cp "$T/store.now" "$store"
locked "$T/pw" 0 check && has out "every signature valid"
result "today's pair is in order"
locked "$T/pw" 0 key rekey --keep-passphrase --json && valid out && has out '"changed": true' && locked "$T/pw" 0 person list
result "rekey with the same passphrase, as JSON"
# ---- the page with the recovery code ----

run 0 key recovery && cp "$T/out" "$T/page" && has out "Focal points" && has out "Ireland, New York" && has out "Store" &&
    has out "key restore" && [ "$(grep -c '^    [1-4]    [0-9A-Z]\{4\}-[0-9A-Z]\{4\}-[0-9A-Z]$' "$T/out")" -eq 4 ]
result "title, laptop, store, four numbered lines and what to do"
grep -q '^Made on *[0-9-]\{10\}$' "$T/page"
result "and the day"
run 0 key recovery --lang fr && has out "CODE DE SECOURS" && has out "Établi le" && has out "Mettez-la sous clé"
result "in French"
run 12 key restore --code-file "$T/page" --new-passphrase-file "$T/pw2"
result "an earlier page opens nothing any more"
run 0 key recovery && cp "$T/out" "$T/page"
for i in 1 2 3 4; do
    # the first sign of that line is another one
    awk -v i=$i '$1 == i { $0 = "    " i "    " (substr($2, 1, 1) == "0" ? "7" : "0") substr($2, 2) } { print }' \
        "$T/page" >"$T/wrong"
    ! cmp -s "$T/page" "$T/wrong" && run 2 key restore --code-file "$T/wrong" --new-passphrase-file "$T/pw2" && has err "line $i"
    result "a mistyped line $i is named"
done
sed '/^    3 /d' "$T/page" >"$T/wrong" && run 2 key restore --code-file "$T/wrong" --new-passphrase-file "$T/pw2"
result "a page that lacks a line"
: >"$T/wrong" && run 12 key restore --code-file "$T/wrong" --new-passphrase-file "$T/pw2"
result "an empty file"
head -c 9000 /dev/zero | tr '\0' ' ' >"$T/wrong" && run 1 key restore --code-file "$T/wrong" --new-passphrase-file "$T/pw2"
result "a file that is no page"
VALISE_HOME=$T/none run 10 key restore --code-file "$T/page" --new-passphrase-file "$T/pw2"
result "no valise, no restore"
run 0 -q init "Another" --home "$T/other" --delegation Croatia --post Zagreb
run 7 key restore --home "$T/other" --code-file "$T/page" --new-passphrase-file "$T/pw2" && has err "another valise"
result "the page of another valise is named as such"
"$VALISE" --home "$T/other" -q lock >/dev/null 2>&1
VALISE_PASSPHRASE_FILE= run 0 key restore --code-file "$T/page" --new-passphrase-file "$T/pw" && run 0 person list && has out Idris
result "the whole page as a file is read"
"$VALISE" key recovery --plain >"$T/out" 2>"$T/err" && ! LC_ALL=C grep -raqF -f "$T/out" "$VALISE_HOME"
result "the code is in no file"
before=$(cksum <"$keys")
run 2 key recovery --json && valid err && [ "$before" = "$(cksum <"$keys")" ]
result "what is refused makes no new code"

# ---- killed at each of its calls that reach the disk ----

calls=write,writev,pwrite64,fsync,fdatasync,ftruncate,fallocate,rename,renameat2,unlink,unlinkat,mkdir,rmdir
rekey="key rekey --new-passphrase-file $T/pw2"
[ "$VALISE" = "$root/build/clang/valise" ] && strace -o /dev/null true 2>/dev/null || { skip "killed at each call" "no strace, or a build with costly derivations"; plan; exit; }
mkdir "$T/kept" && cp "$keys" "$store" "$T/kept"
run 0 lock
strace -qq -e "trace=$calls" -o "$T/calls" "$VALISE" -q $rekey >"$T/out" 2>"$T/err" </dev/null
awk -F '(' '/\(/ { n[$1]++; print $1, n[$1] }' "$T/calls" >"$T/list"
killed=0 old=0 new=0 neither=0 litter=0
while read -r name nth; do
    "$VALISE" -q lock >/dev/null 2>&1
    rm -rf "$VALISE_HOME/data/rekey"
    cp "$T/kept/keys" "$T/kept/store" "$VALISE_HOME/data"
    strace -qq -o /dev/null -e "trace=$name" -e "inject=$name:signal=KILL:when=$nth" "$VALISE" -q $rekey \
        >/dev/null 2>&1 </dev/null
    [ $? -eq 137 ] && killed=$((killed + 1))
    opens=
    for with in pw pw2; do
        "$VALISE" -q lock >/dev/null 2>&1
        VALISE_PASSPHRASE_FILE=$T/$with "$VALISE" person list </dev/null 2>/dev/null | grep -q "Idris" && opens="$opens $with"
    done
    case $opens in " pw") old=$((old + 1)) ;; " pw2") new=$((new + 1)) ;; *) neither=$((neither + 1)); echo "# $name $nth:$opens" ;; esac
    [ "$(ls "$VALISE_HOME/data")" = "$(printf 'keys\nstore')" ] || { litter=$((litter + 1)); ls "$VALISE_HOME/data" | sed "s/^/# $name $nth left: /"; }
done <"$T/list"
echo "# $(wc -l <"$T/list") calls, $killed kills, $old times the old key, $new the new one"
[ "$neither" -eq 0 ] && [ "$litter" -eq 0 ]
result "killed at any call: the old pair or the new one, and nothing else is left"
[ "$killed" -ge 30 ] && [ "$killed" -ge $(($(wc -l <"$T/list") - 3)) ] && [ "$old" -gt 10 ] && [ "$new" -gt 3 ]
result "and the kills hit"

plan
