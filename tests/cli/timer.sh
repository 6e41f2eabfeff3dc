#!/bin/sh
# A timer's way to exchange, as README and the manual describe it: the very command of the manual, in an empty
# environment, without a terminal. Every status that is promised is met; it never asks, and speaks only of what is wrong.
. "$(dirname "$0")/tap.inc"

unset VALISE_PASSPHRASE_COMMAND VALISE_PASSPHRASE_FD
printf 'correct horse\n' >"$T/pass"
trap 'valise lock >/dev/null 2>&1; rm -rf "$T"' EXIT
valise() { VALISE_PASSPHRASE_FILE="$T/pass" "$VALISE" "$@"; }

# ---- the two files, out of the manual ----
unit() {
    sed -n "/^\.Pa ~\/.config\/systemd\/user\/$1 :/,/^\.Ed/p" "$root/cli/valise.1" | sed '1,2d; $d' >"$T/$1"
}
unit valise.service
unit valise.timer
command=$(sed -n 's/^ExecStart=%h\/\.local\/bin\///p' "$T/valise.service")
[ "$command" = "valise -q --no-input sync" ] && grep -qF -e "\`$command\`" "$root/README.md" &&
    grep -q '^OnUnitInactiveSec=' "$T/valise.timer"
result "the manual has a service and a timer, with the command of README"
mkdir -m 700 "$T/run"
if command -v systemd-analyze >/dev/null; then
    sed "s|%h/.local/bin/valise|$VALISE|" "$T/valise.service" >"$T/run/valise.service"
    cp "$T/valise.timer" "$T/run"
    XDG_RUNTIME_DIR="$T/run" systemd-analyze verify --user "$T/run/valise.service" "$T/run/valise.timer" >"$T/out" 2>&1
    case $(cat "$T/out") in
    "") result "systemd understands both" ;;
    *"Failed to"*) skip "systemd understands both" "no systemd can be asked here" ;;
    *) sed 's/^/# /' "$T/out"; false; result "systemd understands both" ;;
    esac
else
    skip "systemd understands both" "no systemd here"
fi
success=$(sed -n 's/^SuccessExitStatus=//p' "$T/valise.service")

# ---- a laptop with two places, and a colleague ----
hague() { VALISE_HOME="$T/hague" VALISE_PASSPHRASE_FILE="$T/pass" "$VALISE" "$@"; }
valise -q init "Focal points" --delegation Ireland --post "New York"
valise -q remote add stick "$T/stick.git" --create >/dev/null
valise -q remote add share "$T/share.git" --create >/dev/null
valise -q person add "Idris al-Haddad" >/dev/null
valise -q sync
hague -q join "$T/stick.git" --delegation Croatia --post "The Hague" >/dev/null
valise -q sync
valise -q admit Croatia --share-history --safety-number "$(hague key safety-number --plain)" >/dev/null
valise -q sync && hague -q sync

# timer STATUS: a run as the timer makes it. Where this machine has no keyring, the passphrase comes from a file.
pass=
timer() {
    env -i HOME="$HOME" PATH="$PATH" ${pass:+VALISE_PASSPHRASE_FILE="$pass"} setsid -w sh -c "exec '$VALISE' ${command#valise }" \
        >"$T/out" 2>"$T/err" <&-
    got=$?
    [ "$got" -eq "$1" ] || { echo "# exit $got instead of $1"; sed 's/^/# /' "$T/out" "$T/err"; return 1; }
}
# promised STATUS: README promises it, and the service of the manual takes all but 7 for everyday
promised() {
    grep -q "with $1 when" "$root/README.md" || return 1
    case " $success " in *" $1 "*) [ "$1" -ne 7 ] ;; *) [ "$1" -eq 7 ] ;; esac
}

valise lock >/dev/null
timer 12 && empty out && has err "nobody can be asked" && promised 12
result "12: locked"
valise -q unlock --for 8h >/dev/null 2>&1
timer 0 || pass=$T/pass
timer 0 && empty out && empty err
result "0: everything went well, and nothing is said"
valise -q person edit haddad --position "Minister" >/dev/null
timer 0 && empty out && empty err && hague -q sync && hague person show haddad 2>/dev/null | grep -q Minister
result "0: what was recorded has gone out"

mv "$T/share.git" "$T/away"
hague -q person edit haddad --position "Envoy" >/dev/null && hague -q sync
valise -q person edit haddad --display-name "Idris Haddad" >/dev/null
timer 5 && empty out && has err "share  not there" && has err "1 of 2 remotes was not synced" && promised 5
result "5: one place was not reached, and is named"
valise person show haddad | grep -q Envoy
result "5: the other was exchanged with"
mv "$T/stick.git" "$T/stick.away"
timer 5 && empty out && has err "share  not there" && has err "stick  not there" && has err "2 of 2 remotes were not synced"
result "5: no place was reached, and each is named"
mv "$T/stick.away" "$T/stick.git"
mv "$T/away" "$T/share.git"
timer 0 && empty out && empty err && valise status | grep -q "0 changes" && ! valise status | grep -q "[1-9] change"
result "0: the next run goes on where it stopped"

# Another command has the valise open: its courier does not answer.
printf '#!/bin/sh\nexec sleep 30\n' >"$T/stuck"
chmod 755 "$T/stuck"
VALISE_PASSPHRASE_FILE="$T/pass" VALISE_COURIER="$T/stuck" "$VALISE" -q sync stick >/dev/null 2>&1 &
first=$!
sleep 1
timer 11 && empty out && has err "another command is using the store" && promised 11
result "11: another command had it open"
kill -INT "$first" 2>/dev/null
wait "$first" 2>/dev/null
timer 0 && empty out && empty err
result "0: and no longer"

cp -a "$T/share.git" "$T/older"
valise -q person edit haddad --position "Adviser" >/dev/null
timer 0
rm -rf "$T/share.git" && mv "$T/older" "$T/share.git" && mv "$T/stick.git" "$T/stick.away"
timer 7 && empty out && has err "share: it no longer holds what it held" && has err "stick  not there" && promised 7
result "7: a place is not what it should be; and the one that is away is named too"

plan
