#!/bin/sh
# The house rules that a script can see, as TAP: one owner per dependency, includes that point
# downwards, exported names, calls we do without, headers that stand alone.
set -u
cd "$(dirname "$0")/../.." || exit 1
n=0

# say NAME FINDINGS: one TAP line; findings fail it
say() {
    n=$((n + 1))
    if [ -z "$2" ]; then
        echo "ok $n - $1"
    else
        echo "not ok $n - $1"
        printf '%s\n' "$2" | head -n 30 | sed 's/^/# /'
    fi
}

owner() { # HEADER FOLDERS...
    h=$1
    shift
    pat=$(printf '|^%s/' "$@")
    git grep -lE "#include [<\"]$h" -- '*.c' '*.h' | grep -vE "^tests/${pat}"
}

say "sodium.h is included in crypto/ only" "$(owner sodium.h crypto)"
say "sqlite3.h is included in sync/store only" "$(owner sqlite3.h sync/store)"
say "git2 is included in sync/courier only" "$(owner 'git2' sync/courier)"
say "jansson.h and libsmartcols are included in cli/ only" "$(owner '(jansson|libsmartcols)' cli)"
say "printing is left to cli/ and the courier's pipe" \
    "$(git grep -nE '\b(printf|puts|putchar|perror|fprintf|vprintf) *\(' -- 'crypto/*.c' 'sync/*.c' |
       grep -vE '(snprintf|vsnprintf|vls_buf_printf)')"
say "calls we do without" \
    "$(git grep -nE '[^_a-z](strcpy|strcat|sprintf|vsprintf|strtok|gmtime|localtime|rand|srand|system|gets|alloca) *\(' \
       -- 'crypto/*.c' 'sync/*.c' 'cli/*.c' 'include/*.h')"

# Each layer may include what stands below it. Format: a folder, then what it may not include.
down() {
    git grep -nE "#include \"valise/($2)\.h\"" -- "$1"
}
say "crypto knows no records, store or transport" \
    "$(down crypto 'domain|change|merge|member|store|store_write|transport|engine|report|reconcile')"
say "domain knows bytes only" "$(down sync/domain 'change|merge|member|store|store_write|transport|engine|report|reconcile|envelope|keyfile')"
say "change knows domain and bytes" "$(down sync/change 'merge|member|store|store_write|transport|engine|report|reconcile|envelope|keyfile')"
say "merge and member have no store below them" \
    "$(down sync/merge 'member|store|store_write|transport|engine|report|envelope|keyfile'; down sync/member 'merge|store|store_write|transport|engine|report|keyfile')"
say "store and transport do not know each other" \
    "$(down sync/store 'transport|engine|report|member'; down sync/transport 'store|store_write|engine|report|member|merge|change')"
say "the courier knows no keys and no records" \
    "$(down sync/courier 'secret|prim|keyfile|envelope|domain|change|merge|member|store|store_write|engine|report')"
say "only the engine writes to the store" \
    "$(git grep -n '"valise/store_write.h"' -- 'cli/*' 'sync/report/*' 'sync/reconcile/*')"

bad=
for h in include/valise/*.h; do
    for how in "gcc -std=c11 -x c" "g++ -std=c++17 -x c++"; do
        command -v "${how%% *}" >/dev/null 2>&1 || continue
        $how -Iinclude -Wall -Wextra -Wpedantic -Werror -fsyntax-only "$h" 2>/dev/null || bad="$bad$how $h
"
    done
done
say "every public header stands alone, in C and in C++" "$bad"

if [ -f build/release/libvalise.a ] && command -v nm >/dev/null 2>&1; then
    say "every exported symbol begins with vls_" \
        "$(nm -g --defined-only build/release/libvalise.a 2>/dev/null | awk 'NF == 3 && $3 !~ /^vls_/ { print $3 }')"
fi
say "no machine's paths, no unfinished marks" \
    "$(git grep -nE '/(work|farm|root)/|\b(TODO|FIXME|XXX|HACK)\b' -- . ':!tests/support/lint.sh')"
say "sources keep one subject: at most 700 lines" \
    "$(git ls-files '*.c' '*.h' | xargs wc -l | awk '$2 != "total" && $1 > 700 { print $1, $2 }')"
echo "1..$n"
