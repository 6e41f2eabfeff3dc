#!/bin/sh
# Exchange over ssh with a real OpenSSH server on the loopback: keys of both kinds, hosts that are unknown or changed, a
# jump host, an agent, an account that may do nothing else, a host that only reads or refuses. All persons are invented.
# shellcheck disable=SC1091,SC2154
. "$(dirname "$0")/support/tap.sh"
mkdir "$T/tmp"
export TMPDIR="$T/tmp"

sshd=$(command -v sshd || echo /usr/sbin/sshd)
if [ ! -x "$sshd" ] || ! command -v git >/dev/null; then
    skip "exchange over ssh" "no OpenSSH server or no git here"
    done_testing
    exit 0
fi

# ---- servers: one with an Ed25519 key, one with RSA only; ended by their process ids ----
me=$(id -un)
servers=
made=
stop_servers() {
    for pid in $servers; do kill "$pid" 2>/dev/null; done
    [ -z "$made" ] || rmdir /run/sshd 2>/dev/null
}
at_end=stop_servers
if [ "$(id -u)" = 0 ] && [ ! -d /run/sshd ]; then
    mkdir -p /run/sshd && made=1
fi
mkdir "$T/bin" "$T/srv"
chmod 755 "$T" "$T/srv"
ssh-keygen -q -t ed25519 -N '' -f "$T/key"
ssh-keygen -q -t ed25519 -N '' -f "$T/other"
cp "$T/key.pub" "$T/authorized"

# server NAME TYPE: starts one on a free port, which is left in $port
server() {
    [ -f "$T/host_$1" ] || ssh-keygen -q -t "$2" -N '' -f "$T/host_$1"
    for try in 1 2 3 4 5 6 7 8; do
        port=$((20000 + ($$ * 7 + try * 1013 + $(printf %d "'$1")) % 30000))
        cat >"$T/sshd_$1" <<C
ListenAddress 127.0.0.1
Port $port
HostKey $T/host_$1
PidFile $T/pid_$1
AuthorizedKeysFile $T/authorized
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin yes
LogLevel ERROR
C
        rm -f "$T/pid_$1"
        timeout 300 "$sshd" -D -f "$T/sshd_$1" -E "$T/log_$1" &
        started=$!
        for wait in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
            [ -s "$T/pid_$1" ] && break
            kill -0 "$started" 2>/dev/null || break
            sleep 0.1
        done
        if [ -s "$T/pid_$1" ]; then
            servers="$servers $started"
            eval "port_$1=$port pid_$1=$started"
            return 0
        fi
        kill "$started" 2>/dev/null
    done
    return 1
}
if server ed ed25519 && server rsa rsa; then
    ok "two servers run"
else
    not_ok "two servers run" "$(cat "$T"/log_*)"
    done_testing
    exit 1
fi

# The system's ssh, told where this test keeps what it otherwise has below the home folder.
cat >"$T/bin/ssh" <<C
#!/bin/sh
echo "\$*" >>"$T/ssh_calls"
exec /usr/bin/ssh -F "$T/ssh_config" "\$@"
C
chmod 755 "$T/bin/ssh"
PATH=$T/bin:$PATH
export PATH
config() {
    cat >"$T/ssh_config" <<C
Host jump
  HostName 127.0.0.1
  Port $port_rsa
Host far
  HostName 127.0.0.1
  Port $port_ed
  ProxyCommand /usr/bin/ssh -F $T/ssh_config -W %h:%p jump
Host *
  User $me
  IdentityFile ${1:-$T/key}
  IdentitiesOnly ${2:-yes}
  UserKnownHostsFile $T/known
  GlobalKnownHostsFile /dev/null
C
}
config
trust() { printf '[127.0.0.1]:%s %s\n' "$1" "$(cut -d' ' -f1,2 "$2.pub")"; }
git init -q --bare "$T/srv/valise.git"
place=$T/srv/valise.git
url=ssh://127.0.0.1:$port_ed$place

echo "correct horse battery staple" >"$T/pw"
ny() { VALISE_HOME=$T/ny VALISE_PASSPHRASE_FILE=$T/pw valise --no-input "$@"; }
hague() { VALISE_HOME=$T/hague VALISE_PASSPHRASE_FILE=$T/pw valise --no-input "$@"; }
ny -q init "Focal points" --delegation Ireland --post "New York"
ny -q unlock --for 1h
ny -q person add "Idris al-Haddad" --position "Minister of Defence" >/dev/null

# ---- a host that is not known, or not the same any more: fail closed (NW-01, NW-02) ----
exits "an unknown host is not added" 5 ny remote add host "$url"
has "an unknown host: why" "$(cat "$T/err")" 'Host key verification failed'
has "an unknown host: what to do" "$(cat "$T/err")" 'Compare its fingerprint'
trust "$port_ed" "$T/host_rsa" >"$T/known"
exits "a changed host key is a failure of trust" 7 ny remote add host "$url"
has "a changed host key: why" "$(cat "$T/err")" 'another key'
{ trust "$port_ed" "$T/host_ed"; trust "$port_rsa" "$T/host_rsa"; } >"$T/known"
config "$T/other"
exits "a key that the host does not know" 5 ny remote add host "$url"
has "a key that the host does not know: why" "$(cat "$T/err")" 'Permission denied'
has "a key that the host does not know: what to do" "$(cat "$T/err")" 'must be given the public one'
config
# first NAME ADVICE PLACE [COMMAND...]: a place that is named for the first time and not reached
first() {
    name=$1 advice=$2 where=$3
    shift 3
    [ $# -gt 0 ] || set -- ny remote add host
    exits "$name" 5 "$@" "$where"
    has "$name: what to do" "$(cat "$T/err")" "$advice"
    hasnt "$name: nothing that fails on a host, nothing of its tools" "$(sed "s|$T/[^ ]*||g" "$T/err")" \
        '[-]-create|\bgit|fatal|repository'
}
first "a place that is not made yet" 'no such place\. Ask whoever runs it' "ssh://127.0.0.1:$port_ed$T/srv/none.git"
first "a place that is not made yet, to join" 'no such place\. Ask whoever runs it' "ssh://127.0.0.1:$port_ed$T/srv/none.git" \
    hague join --delegation Croatia --post "The Hague"
first "a port where nobody is" 'Nothing answers there' "ssh://127.0.0.1:1$place"
first "a host of no name" 'No host of that name|No server for names answers|on no network' "ssh://nowhere.invalid$place"
printf 'restrict,command="exec no-such-tool" %s\n' "$(cat "$T/key.pub")" >"$T/authorized"
first "a host without what it needs" 'lacks the program' "$url"
cp "$T/key.pub" "$T/authorized"

# ---- the main job over a line ----
exits "a host is added" 0 ny remote add host "$url"
exits "the first exchange" 0 ny sync
has "the first exchange: what was sent" "$(cat "$T/out")" 'host +sent [12], received 0'
exits "joining over a line" 0 hague join "$url" --delegation Croatia --post "The Hague" --remote host
ny -q sync
exits "admitting" 0 ny admit Croatia --share-history --safety-number "$(hague key safety-number --plain)"
ny -q sync && hague -q sync
same "the newcomer has the record" "$(ny person list --plain | cut -f1)" "$(hague person list --plain | cut -f1)"
ny -q person edit haddad --position "Former minister"
hague -q person edit haddad --position "Minister of State"
ny -q sync && hague -q sync && ny -q sync
same "the same state on both sides" "$(ny status --state)" "$(hague status --state)"
same "both values are kept" 1 "$(ny review --list --plain | wc -l)"
exits "what lies on the host is sound" 0 git -c safe.directory='*' --git-dir "$place" fsck --strict --full
if LC_ALL=C grep -raq -e Haddad -e Ireland -e Croatia -e Focal "$T/srv"; then plain=yes; else plain=no; fi
same "nothing plain on the host" no "$plain"
n=$(wc -l <"$T/ssh_calls")
ny -q sync
same "nothing new costs one connection" $((n + 1)) "$(wc -l <"$T/ssh_calls")"
ny -q person edit haddad --position "Senator"
n=$(wc -l <"$T/ssh_calls")
ny -q sync
same "something new costs two" $((n + 2)) "$(wc -l <"$T/ssh_calls")"

# ---- other ways there ----
exits "a host with an RSA key" 0 ny remote add second "ssh://127.0.0.1:$port_rsa$place"
exits "a host with an RSA key: exchange" 0 ny sync second
exits "through a jump host" 0 ny remote add far "ssh://far$place"
exits "through a jump host: exchange" 0 ny sync far
config "$T/none" no
eval "$(ssh-agent -s -t 300)" >/dev/null
ssh-add -q "$T/key" 2>/dev/null
exits "with an agent alone" 0 ny sync host
kill "$SSH_AGENT_PID"
unset SSH_AGENT_PID SSH_AUTH_SOCK
config
# ---- what a user's own configuration may say, and would make something else of a line ----
# own LINE...: the configuration begins with these lines
own() {
    config
    { printf '%s\n' "Host *" "$@"; cat "$T/ssh_config"; } >"$T/ssh_own" && mv "$T/ssh_own" "$T/ssh_config"
}
# A line as it should be gives back what it is given, and then the end.
naive() { printf 'given\n' | timeout "$1" /usr/bin/ssh -F "$T/ssh_config" -p "$port_ed" 127.0.0.1 'cat; echo end' 2>/dev/null; }
whole="$(printf 'given\nend')"
own
same "a line without such a configuration" "$whole" "$(naive 30)"
broken=0
for option in "RemoteCommand sleep 60" "RequestTTY force" "SessionType none" "SessionType subsystem" "StdinNull yes" \
    "LocalCommand echo local; touch $T/local"; do
    case $option in Local*) own "$option" "  PermitLocalCommand yes" ;; *) own "$option" ;; esac
    [ "$(naive 1)" = "$whole" ] || broken=$((broken + 1))
    rm -f "$T/local"
    exits "a configuration with ${option%% "$T"*}" 0 ny -q sync host
done
same "each of them breaks a line that is dialled without care" 6 "$broken"
# (ForkAfterAuthentication breaks nothing at once: it takes ssh out of the hands of whoever started it)
own "RemoteCommand sleep 60" "RequestTTY force" "SessionType none" "StdinNull yes" "ForkAfterAuthentication yes" \
    "PermitLocalCommand yes" "LocalCommand touch $T/local"
ny -q person edit haddad --position "Consul"
exits "a configuration with all of them: sends" 0 ny sync host
has "a configuration with all of them: what was sent" "$(cat "$T/out")" 'host +sent 1, received 0'
exits "a configuration with all of them: receives" 0 hague sync host
has "a configuration with all of them: what was received" "$(cat "$T/out")" 'received [12]'
[ ! -e "$T/local" ] && ok "no local command is run" || not_ok "no local command is run"
own "ControlMaster auto" "ControlPath $T/mux" "ControlPersist 60" # holds the standard error of the first one open
ny -q person edit haddad --position "Consul general"
exits "connections that are shared: the first" 0 ny sync host
[ -S "$T/mux" ] && ok "connections that are shared: one stays" || not_ok "connections that are shared: one stays"
exits "connections that are shared: the next" 0 hague sync host
has "connections that are shared: what it received" "$(cat "$T/out")" 'received 1'
/usr/bin/ssh -F "$T/ssh_config" -p "$port_ed" -O exit 127.0.0.1 2>/dev/null
config

printf 'restrict,command="git-shell -c \\"$SSH_ORIGINAL_COMMAND\\"" %s\n' "$(cat "$T/key.pub")" >"$T/authorized"
if command -v git-shell >/dev/null; then
    ny -q person edit haddad --position "Envoy"
    exits "an account that may do nothing else" 0 ny sync host
fi

# ---- a host that only reads, that refuses, that forgets ----
ny -q person edit haddad --position "Adviser"
printf 'restrict,command="case \\"$SSH_ORIGINAL_COMMAND\\" in git-upload-pack*) exec sh -c \\"$SSH_ORIGINAL_COMMAND\\";; esac; echo you may only read >&2; exit 1" %s\n' \
    "$(cat "$T/key.pub")" >"$T/authorized"
exits "a host that only lets us read" 5 ny sync host
has "a host that only lets us read: why, and what waits" "$(cat "$T/out" "$T/err")" '1 change waits'
cp "$T/key.pub" "$T/authorized"
printf '#!/bin/sh\necho no >&2\nexit 1\n' >"$place/hooks/pre-receive"
chmod 755 "$place/hooks/pre-receive"
exits "a host that refuses" 5 ny sync host
has "a host that refuses: what waits" "$(cat "$T/out" "$T/err")" '1 change waits'
rm "$place/hooks/pre-receive"
exits "and takes it again" 0 ny sync host
git -c safe.directory='*' --git-dir "$place" update-ref refs/heads/valise "$(git -c safe.directory='*' --git-dir "$place" rev-parse valise~2)"
exits "an older state put back" 7 ny sync host
mv "$place" "$T/srv/gone"
exits "a place that is gone" 5 ny sync host
has "a place that is gone: says so" "$(cat "$T/out" "$T/err")" 'no such place'
kill "$pid_ed"
exits "nobody answers" 5 ny sync host
has "nobody answers: why and what to do" "$(cat "$T/out" "$T/err")" 'When there is a line'
ls "$TMPDIR" | grep -c '^valise-line-' >"$T/left"
same "nothing is left of what was fetched" 0 "$(cat "$T/left")"
done_testing
