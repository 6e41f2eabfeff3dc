#!/bin/sh
# French: complete, checked by its format strings, and at work without a French locale on the machine.
. "$(dirname "$0")/tap.inc"

cd "$root" || exit 1
if command -v xgettext >/dev/null; then
    sh "$here/messages.inc" "$T/pot" 2>"$T/err" && empty err
    result "messages can be gathered"
    msgcmp cli/po/fr.po "$T/pot" >"$T/out" 2>&1 || { sed 's/^/# /' "$T/out"; false; }
    result "every message is translated, none is fuzzy"
    sh "$here/messages.inc" "$T/all" all 2>"$T/err" && empty err
    result "and those of the engine"
    # these have a French sentence by their code, so that a missing one is only said
    { msgcmp cli/po/fr.po "$T/all"; msgcmp "$T/all" cli/po/fr.po --use-untranslated; } 2>&1 | sed 's/^/# /'
    msgfmt -c -o "$T/mo" cli/po/fr.po 2>"$T/err" && empty err
    result "format strings agree"
    # French spacing: a narrow no-break space before : ; ? ! and within guillemets, never an ordinary one
    ! msgcat --no-wrap cli/po/fr.po | grep '^msgstr\|^"' | grep -n -e ' [;?!»]' -e '« ' -e ' :\( \|$\|"\)'
    result "French spacing"
fi

LC_ALL=C run 0 --lang fr && has out "COMMENCER"
result "--lang fr in the locale C"
LC_ALL=fr_FR.UTF-8 run 0 && has out "COMMENCER"
result "LC_ALL=fr_FR.UTF-8, whether or not that locale is installed"
LC_ALL= LANG=fr_BE run 0 && has out "COMMENCER"
result "LANG=fr_BE"
LC_ALL= LANG=en_US.UTF-8 LANGUAGE=fr:en run 0 && has out "COMMENCER"
result "LANGUAGE=fr:en"
LC_ALL= LANG=fr_FR run 0 --lang en && has out "START"
result "--lang en wins"
LC_ALL=C LANGUAGE=fr run 0 && has out "START"
result "the locale C is English whatever LANGUAGE says"
LC_ALL=fry_NL run 0 && has out "START"
result "Frisian is not French"
run 2 --lang fr persn add x && has err "vouliez-vous dire"
result "errors in French"
run 10 --lang=fr status && has err "il n’y a pas de valise ici"
result "failures of the library in French"
run 0 --lang fr warrant add --help && has out "Crimes allégués" && has out "Marquage"
result "labels of fields in French"
run 0 --lang fr person add --help && has out "valise person add NOM [options]" && run 2 --lang fr person add &&
    has err "valise person add NOM [options]"
result "usage in French, to what stands for the first field"
missing=
for file in "$root"/schemas/domain/*.kind; do
    word=$("$VALISE" "$(basename "$file" .kind)" add --help 2>/dev/null | sed -n '1s/.* add \([A-Z]*\) .*/\1/p')
    [ -z "$word" ] || grep -q "^msgid \"$word\"$" "$root/cli/po/fr.po" || missing="$missing $word"
    [ -z "$word" ] || grep -q "N_(\"$word\")" "$root/cli/help.c" || missing="$missing $word"
done
[ -z "$missing" ] || { echo "# without French, or not in positionals of cli/help.c:$missing"; false; }
result "what stands for the first field of every kind has its French word"
run 2 --lang fr --json persn && valid err && has err '"usage"'
result "codes are never translated"

plan
