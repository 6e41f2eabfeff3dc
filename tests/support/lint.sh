#!/bin/sh
# The house rules that a script can see, as TAP: one owner per dependency, includes that point downwards,
# exported names, calls we do without, shape of files, headers that stand alone. It reads the files that
# are there, so that it judges an unpacked archive as well as a checkout.
set -u
cd "$(dirname "$0")/../.." || exit 1
export LC_ALL=C.UTF-8
n=0 failed=0
code='crypto sync cli'              # the programs
all='crypto sync cli include tests' # with their contracts and what tests them

# say NAME FINDINGS: one TAP line; findings fail it
say() {
    n=$((n + 1))
    if [ -z "$2" ]; then
        echo "ok $n - $1"
    else
        failed=1
        echo "not ok $n - $1"
        printf '%s\n' "$2" | head -n 30 | sed 's/^/# /'
    fi
}

# seek PATTERN PLACES...: lines of C sources and headers that match
seek() {
    pattern=$1
    shift
    grep -rnE --include='*.[ch]' -e "$pattern" "$@"
}

# sources PLACES...: their names
sources() {
    find "$@" -name '*.[ch]' | sort
}

# A rule that finds nothing because it looks at nothing would pass for ever.
say "there are sources to look at" \
    "$([ "$(sources $code include | wc -l)" -gt 100 ] || echo "fewer than 100 sources; is this the top folder of valise?")"

# ---- who includes what ----

owner() { # HEADER FOLDERS...
    header=$1
    shift
    theirs=$(printf '|^%s/' "$@")
    grep -rlE --include='*.[ch]' "#include [<\"]$header" $all | grep -vE "^tests/$theirs"
}
say "sodium.h is included in crypto/ only" "$(owner sodium.h crypto)"
say "sqlite3.h is included in sync/store only" "$(owner sqlite3.h sync/store)"
say "git2 is included in sync/courier only" "$(owner git2 sync/courier)"
say "jansson.h is included in cli/ only" "$(owner jansson cli)"
say "keyutils.h is included in crypto/keyring only" "$(owner keyutils crypto/keyring)"

down() { # FOLDER HEADERS: which of them it includes all the same
    seek "#include \"valise/($2)\.h\"" "$1"
}
above_change='merge|member|reconcile|store|store_write|transport|engine|report|annual'
say "crypto knows no records, store or transport" "$(down crypto "domain|change|$above_change")"
say "domain knows bytes only" "$(down sync/domain "change|$above_change|envelope|keyfile|prim|secret")"
say "change knows domain and bytes" "$(down sync/change "$above_change|envelope|keyfile")"
say "merge, reconcile and member have no store below them" \
    "$(down sync/merge 'member|reconcile|store|store_write|transport|engine|report|envelope|keyfile'
       down sync/reconcile 'change|merge|member|store|store_write|transport|engine|report|envelope|keyfile'
       down sync/member 'change|merge|reconcile|store|store_write|transport|engine|report|keyfile')"
say "store and transport do not know each other" \
    "$(down sync/store 'transport|engine|report|member'
       down sync/transport 'store|store_write|engine|report|member|merge|change')"
say "the courier knows no keys and no records" \
    "$(down sync/courier 'secret|prim|keyfile|ring|envelope|domain|change|merge|member|store|store_write|engine|report')"
say "only the engine writes to the store" "$(down cli store_write; down sync/report store_write; down sync/reconcile store_write)"
say "internal headers stay in their folder" \
    "$(for h in $(find $code -name '*_int.h'); do
           grep -rlE --include='*.[ch]' "#include \"(.*/)?$(basename "$h")\"" $code | grep -v "^$(dirname "$h")/"
       done)"
say "includes stand in order: system, other libraries, valise, internal" \
    "$(sources $code include | xargs awk '
        function rank(s) {
            if (s ~ /<(sodium|sqlite3|git2|jansson|utf8proc|keyutils|zlib)/) return 2
            return s ~ /</ ? 1 : s ~ /"valise\// ? 3 : 4
        }
        FNR == 1 { last = 0 }
        /^#include/ { if (rank($0) < last) print FILENAME ":" FNR ": " $0; last = rank($0) }')"

# ---- what is called ----

say "printing is left to cli/ and tests" \
    "$(seek '\b(v?f?printf|puts|putchar|fputs|fputc|perror|psignal) *\(' crypto sync | grep -vE '__attribute__|^[^:]*:[0-9]+: *\*')"
say "the library never ends the process" \
    "$(seek '\b(exit|abort|_exit|quick_exit) *\(' crypto sync | grep -vE '^sync/(courier|transport/process\.c)|^crypto/keyring/passphrase\.c|^[^:]*:[0-9]+: *\*')"
say "calls we do without" \
    "$(seek '[^_a-z](strcpy|strcat|sprintf|vsprintf|strtok|gmtime|localtime|rand|srand|random|system|gets|alloca|tmpnam|mktemp) *\(' $code include |
       grep -vE '^[^:]*:[0-9]+: *(/?\*|//)')"
say "messages for people hold no word of git" \
    "$(grep -nE '\b(_|N_|P_)\(' cli/*.c | grep -wiE 'git|commit|branch|push|pull|fetch|clone|rebase|checkout|repository' | grep -v 'valise\.git')"

say "every kind of key that lies sealed in the store is sealed anew under another master key" \
    "$(grep -rhoE 'engine_key_put\([^,]+, KEY_[A-Z]+' sync/engine | grep -oE 'KEY_[A-Z]+' | sort -u | while read -r kind; do
           grep -q "define KEYS_SEALED.*\<$kind\>" sync/engine/engine_int.h || echo "$kind is not in KEYS_SEALED"
       done)"

# ---- shape ----

bad=
for h in include/valise/*.h; do
    for how in "gcc -std=c11 -x c" "g++ -std=c++17 -x c++"; do
        command -v "${how%% *}" >/dev/null 2>&1 || continue
        $how -Iinclude -Wall -Wextra -Wpedantic -Werror -fsyntax-only "$h" 2>/dev/null || bad="$bad$how $h
"
    done
done
say "every public header stands alone, in C and in C++" "$bad"

library=$(ls -t build/*/libvalise.a 2>/dev/null | head -n 1)
if [ -n "$library" ] && command -v nm >/dev/null 2>&1; then
    say "every exported symbol begins with vls_" \
        "$(nm -g --defined-only "$library" 2>/dev/null | awk 'NF == 3 && $3 !~ /^(vls_|__(asan|odr|ubsan|gcov|llvm))/ { print $3 }')"
else
    n=$((n + 1))
    echo "ok $n - every exported symbol begins with vls_ # SKIP nothing is built yet"
fi
say "sources keep one subject: at most 600 lines" \
    "$(sources $all | xargs wc -l | awk '$2 != "total" && $1 > 600 { print $1, $2 }')"
say "functions fit a screen or two: at most 80 lines" \
    "$(sources $all | xargs awk '
        FNR == 1 { from = 0 }
        /^\{/ { from = FNR }
        /^\}/ { if (from && FNR - from > 80) print FILENAME ":" from ": " FNR - from " lines"; from = 0 }')"
# The formatter aims at 120; what it cannot break (a message, a table) may stand out a little.
say "lines have at most 130 characters" "$(seek '^[^"]{131,}$' $code include | cut -c 1-100)"
say "no tabs, no blanks at the end of a line" "$(seek '	| $' $all | cut -c 1-100)"
say "every source opens by saying its subject" \
    "$(sources $code | grep '\.c$' | while read -r f; do head -n 1 "$f" | grep -q '^/\*' || echo "$f"; done)"
say "doc comments stand in headers only" "$(grep -rnE --include='*.c' '^/\*\*' $code)"
say "every room has its page, at most a page long" \
    "$(for d in cli crypto sync include schemas tests crypto/*/ sync/*/; do
           if [ ! -f "$d/README.md" ]; then
               echo "$d has no README.md"
           elif [ "$(wc -l <"$d/README.md")" -gt 80 ]; then
               echo "$d/README.md is longer than 80 lines"
           fi
       done)"
say "no machine's paths, no unfinished marks" \
    "$(grep -rnIE '/(work|farm|root)/|\b(TODO|FIXME|XXX|HACK)\b' --exclude-dir=corpus --exclude=lint.sh $all schemas Makefile README.md)"

say "nothing lies beside the folders of the layout" \
    "$(ls | grep -vxE 'LICENSE|Makefile|README\.md|build|cli|crypto|include|schemas|sync|tests')"

# ---- what belongs together ----

say "every fuzz target has a corpus, and every corpus its target" \
    "$(for f in tests/fuzz/fuzz_*.c; do
           c=${f#tests/fuzz/fuzz_}
           [ -n "$(ls -A "tests/fuzz/corpus/${c%.c}" 2>/dev/null)" ] || echo "no corpus: $f"
       done
       for d in tests/fuzz/corpus/*/; do
           [ -f "tests/fuzz/fuzz_$(basename "$d").c" ] || echo "no target: $d"
       done)"
say "every case of the threats has its line, and its tests are where it says" \
    "$(for id in $(printf 'GH-%02d ' $(seq 27)) $(printf 'NW-%02d ' $(seq 9)) $(printf 'US-%02d ' $(seq 7)) $(printf 'LL-%02d ' 1 2 3 4 5 6 7 8 9 10 11 12) $(printf 'UL-%02d SD-%02d ' 1 1 2 2 3 3 4 4 5 5 6 6 7 7 8 8); do
           [ "$(grep -c "^| $id | " tests/threats.md)" -eq 1 ] || echo "not one line for $id"
       done
       grep '^| [A-Z][A-Z]-' tests/threats.md | grep -oE '`[^`]+:[^`]+`' | tr -d '`' | while IFS=: read -r file name; do
           grep -qF -e "$name" "$file" 2>/dev/null || echo "tests/threats.md: $file does not have: $name"
       done)"
say "every invariant of the page log is quoted by a test" \
    "$(grep -oE '^- \*\*PL[0-9]+' schemas/store/pagelog.md | grep -oE 'PL[0-9]+' | while read -r id; do
           grep -rqw --include='*.[ch]' "$id" tests || echo "$id"
       done)"
say "every JSON document has its schema" \
    "$(grep -ohE 'json_doc\("[a-z-]+"' cli/*.c | sed 's/.*"\(.*\)"/\1/' | sort -u | while read -r doc; do
           [ -f "schemas/output/$doc.schema.json" ] || echo "schemas/output/$doc.schema.json"
       done)"
say "shell scripts can be read by a POSIX shell" \
    "$(for s in $(find tests -name '*.sh'); do sh -n "$s" 2>&1; done)"
echo "1..$n"
exit $failed
