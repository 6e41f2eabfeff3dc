#!/bin/sh
# Completion scripts: whole, and the one of bash really completes.
. "$(dirname "$0")/tap.inc"

for shell in bash zsh fish; do
    run 0 completion $shell && empty err && cp "$T/out" "$T/$shell" && has $shell "safety-number" && has $shell "warrant"
    result "a script for $shell"
done
run 2 completion tcsh
result "none for others"

if command -v bash >/dev/null; then
    # complete LINE...: what bash offers for the last word, sorted
    cat >"$T/ask" <<'ASK'
. "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_valise
printf '%s\n' "${COMPREPLY[@]}" | sort
ASK
    offers() {
        bash "$T/ask" "$T/bash" "$@" >"$T/offered" 2>"$T/err" && empty err
    }
    bash -n "$T/bash"
    result "bash reads it"
    offers valise sta && [ "$(cat "$T/offered")" = status ]
    result "first words"
    offers valise trip wi && [ "$(cat "$T/offered")" = withdraw ]
    result "verbs of a kind"
    offers valise --no-input remote a && [ "$(cat "$T/offered")" = add ]
    result "verbs after a global option"
    offers valise warrant add --pub && has offered --public && has offered --publicity
    result "options that come from fields"
    offers valise person add --trip-to && ! has offered --trip-to >/dev/null
    result "no options of other kinds"
    offers valise sync --cr && ! has offered --create >/dev/null
    result "no options of other commands"
    offers valise sync --no-in && [ "$(cat "$T/offered")" = --no-input ]
    result "global options everywhere"
fi

plan
