#!/bin/sh
# make install and make uninstall, into a folder of their own.
# shellcheck disable=SC1091,SC2154,SC2015
. "$(dirname "$0")/tap.inc"

build=$(cd "$(dirname "$VALISE")" && pwd)
home=$HOME
mk() { # in a bare environment: no locale, no terminal, nothing of the make that runs this test
    env -i PATH="$PATH" HOME="$home" make -C "$root" --no-print-directory B="$build" "$@" >"$T/out" 2>"$T/err" </dev/null
}
said() { # what make said, when something is wrong
    sed 's/^/# /' "$T/out" "$T/err"
    return 1
}
files() {
    (cd "$1" && find . ! -type d | sort)
}

cat >"$T/expected" <<'END'
./usr/bin/valise
./usr/libexec/valise/valise-courier
./usr/share/bash-completion/completions/valise
./usr/share/fish/vendor_completions.d/valise.fish
./usr/share/locale/fr/LC_MESSAGES/valise.mo
./usr/share/man/man1/valise.1
./usr/share/zsh/site-functions/_valise
END
D=$T/root
(umask 077 && mk install DESTDIR="$D" PREFIX=/usr) || said
result "installs into DESTDIR and PREFIX"
files "$D" >"$T/installed"
diff "$T/expected" "$T/installed" | sed 's/^/# /'
cmp -s "$T/expected" "$T/installed"
result "these files and no others"
find "$D/usr" \( -type d ! -perm 755 \) -o \( -type f \( -path '*/bin/*' -o -path '*/libexec/*' \) ! -perm 755 \) \
    -o \( -type f -path '*/share/*' ! -perm 644 \) >"$T/odd"
empty odd
result "readable by everybody, writable by the owner, whatever the umask"

hint='look for programs in'
! grep -q "$hint" "$T/out"
result "a package says nothing of the PATH"
mk install PREFIX="$T/own" && grep -q "look for programs in $T/own/bin yet:  export PATH=" "$T/out"
result "says when its folder is not on the PATH"
PATH="$T/own/bin:$PATH" && mk install PREFIX="$T/own" && ! grep -q "$hint" "$T/out"
result "and nothing when it is"
mk uninstall PREFIX="$T/own"
PATH=${PATH#"$T/own/bin:"}

VALISE=$D/usr/bin/valise
run 0 version && has out valise
result "the installed program runs"
run 0 help --lang fr && has out "aide"
result "and finds its French catalogue"
printf 'a passphrase for a test\n' >"$T/pw"
run 0 --home "$T/laptop" --passphrase-file "$T/pw" --no-input init Test --delegation Ireland --post Dublin &&
    run 0 --home "$T/laptop" --passphrase-file "$T/pw" --no-input remote add stick "$T/stick.git" --create &&
    run 0 --home "$T/laptop" --passphrase-file "$T/pw" --no-input sync && has out "stick  sent"
result "and its courier"
"$VALISE" --home "$T/laptop" -q lock >/dev/null 2>&1
if command -v readelf >/dev/null; then
    needs() {
        readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' >"$T/needs"
    }
    needs "$VALISE" && has needs libsodium && has_not needs libgit2
    result "the program with the keys does not link libgit2"
    needs "$D/usr/libexec/valise/valise-courier" && has needs libgit2 && has_not needs libsodium && has_not needs sqlite
    result "the courier links neither keys nor store"
fi
bash -n "$D/usr/share/bash-completion/completions/valise" 2>"$T/err" && empty err
result "the completion for bash can be read"
grep -q '^\.Dd ' "$D/usr/share/man/man1/valise.1"
result "the manual page is one"

mk install DESTDIR="$D" PREFIX=/usr && files "$D" | cmp -s "$T/expected" - || said
result "installing again changes nothing"
echo mine >"$D/usr/bin/other"
mk uninstall DESTDIR="$D" PREFIX=/usr && [ "$(files "$D")" = ./usr/bin/other ] || said
result "uninstalling takes away what was installed, and nothing else"
mk uninstall DESTDIR="$D" PREFIX=/usr || said
result "uninstalling twice is no failure"
mk install && [ -x "$home/.local/bin/valise" ] && mk uninstall && [ -z "$(files "$home")" ] || said
result "without PREFIX it goes below ~/.local"

plan
