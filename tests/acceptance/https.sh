#!/bin/sh
# Exchange over https with a real web server on the loopback: certificates of every kind, names and passwords,
# redirections, a proxy, a host that only reads. All persons are invented.
# shellcheck disable=SC1091,SC2154
. "$(dirname "$0")/support/tap.sh"
mkdir "$T/tmp"
export TMPDIR="$T/tmp"

apache=$(command -v apache2 || echo /usr/sbin/apache2)
modules=/usr/lib/apache2/modules
backend=$(git --exec-path 2>/dev/null)/git-http-backend
if [ ! -x "$apache" ] || [ ! -x "$backend" ] || ! command -v openssl >/dev/null; then
    skip "exchange over https" "no web server, no git or no openssl here"
    done_testing
    exit 0
fi

# ---- certificates: an authority of our own, and what it and others sign ----
mkdir "$T/tls" "$T/srv" "$T/home" "$T/run"
chmod 755 "$T" "$T/srv"
export HOME="$T/home"
certificate() { # NAME SUBJECT DAYS SIGNER(self, ca or other)
    openssl req -newkey rsa:2048 -nodes -keyout "$T/tls/$1.key" -out "$T/tls/$1.csr" -subj "/CN=$2" >/dev/null 2>&1
    printf 'subjectAltName=DNS:%s\n' "$2" >"$T/tls/$1.ext"
    case $4 in
    self) openssl x509 -req -in "$T/tls/$1.csr" -signkey "$T/tls/$1.key" -days "$3" -extfile "$T/tls/$1.ext" -out "$T/tls/$1.pem" ;;
    *) openssl x509 -req -in "$T/tls/$1.csr" -CA "$T/tls/$4.pem" -CAkey "$T/tls/$4.key" -CAcreateserial -days "$3" \
        -extfile "$T/tls/$1.ext" -out "$T/tls/$1.pem" ;;
    esac >/dev/null 2>&1
}
for ca in ca other; do
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$T/tls/$ca.key" -out "$T/tls/$ca.pem" -days 30 \
        -subj "/CN=valise test $ca" >/dev/null 2>&1
done
certificate good localhost 30 ca
certificate wrong elsewhere.example 30 ca
certificate self localhost 30 self
certificate stranger localhost 30 other
certificate expired localhost 0 ca
sleep 1 # it has expired by now
export SSL_CERT_FILE="$T/tls/ca.pem" CURL_CA_BUNDLE="$T/tls/ca.pem"

# ---- the server: one port for each certificate, ended by its process id ----
base=$((21000 + $$ % 20000))
hosts="good wrong self stranger expired"
configuration() {
    cat <<C
ServerRoot $T/run
ServerName localhost
PidFile $T/run/pid
ErrorLog $T/run/errors
LogLevel error
Mutex file:$T/run
LoadModule mpm_prefork_module $modules/mod_mpm_prefork.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule authn_core_module $modules/mod_authn_core.so
LoadModule authn_file_module $modules/mod_authn_file.so
LoadModule auth_basic_module $modules/mod_auth_basic.so
LoadModule authz_user_module $modules/mod_authz_user.so
LoadModule alias_module $modules/mod_alias.so
LoadModule env_module $modules/mod_env.so
LoadModule cgi_module $modules/mod_cgi.so
LoadModule ssl_module $modules/mod_ssl.so
StartServers 2
MinSpareServers 1
MaxSpareServers 4
SetEnv GIT_PROJECT_ROOT $T/srv
SetEnv GIT_HTTP_EXPORT_ALL 1
SetEnv GIT_CONFIG_COUNT 1
SetEnv GIT_CONFIG_KEY_0 safe.directory
SetEnv GIT_CONFIG_VALUE_0 *
ScriptAlias /git/ $backend/
ScriptAlias /closed/ $backend/
Redirect /moved/ https://localhost:$((base + 0))/git/
Redirect /away/ https://127.0.0.1:$((base + 9))/git/
Redirect /plain/ http://localhost:$((base + 7))/git/
<LocationMatch "^/git/">
  Require all granted
  SetEnv REMOTE_USER somebody
</LocationMatch>
<LocationMatch "^/closed/">
  AuthType Basic
  AuthName closed
  AuthUserFile $T/run/users
  Require valid-user
</LocationMatch>
C
    # a server that runs as root gives its children another name
    [ "$(id -u)" != 0 ] || printf 'User nobody\nGroup nogroup\n'
    i=0
    for name in $hosts; do
        cat <<C
Listen 127.0.0.1:$((base + i))
<VirtualHost 127.0.0.1:$((base + i))>
  ServerName localhost
  SSLEngine on
  SSLCertificateFile $T/tls/$name.pem
  SSLCertificateKeyFile $T/tls/$name.key
</VirtualHost>
C
        i=$((i + 1))
    done
}
git init -q --bare "$T/srv/valise.git"
place=$T/srv/valise.git
[ "$(id -u)" != 0 ] || chown -R nobody:nogroup "$T/srv"
configuration >"$T/run/conf"
timeout 300 "$apache" -f "$T/run/conf" -DFOREGROUND >"$T/run/out" 2>&1 &
server=$!
at_end='kill $server 2>/dev/null; wait $server 2>/dev/null'
for wait in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; do
    curl -q -s -o "$T/answer" "https://localhost:$base/git/valise.git/info/refs?service=git-upload-pack" && break
    kill -0 "$server" 2>/dev/null || break
    sleep 0.2
done
if [ -s "$T/answer" ]; then
    ok "a web server runs"
else
    not_ok "a web server runs" "$(cat "$T/run/out" "$T/run/errors" 2>/dev/null)"
    done_testing
    exit 1
fi
url=https://localhost:$base/git/valise.git

echo "correct horse battery staple" >"$T/pw"
ny() { VALISE_HOME=$T/ny VALISE_PASSPHRASE_FILE=$T/pw valise --no-input "$@"; }
hague() { VALISE_HOME=$T/hague VALISE_PASSPHRASE_FILE=$T/pw valise --no-input "$@"; }
ny -q init "Focal points" --delegation Ireland --post "New York"
ny -q unlock --for 1h
ny -q person add "Idris al-Haddad" --position "Minister of Defence" >/dev/null

# ---- who the host is: fail closed (NW-04) ----
i=1
for kind in wrong self stranger expired; do
    exits "a certificate that is $kind" 7 ny remote add host "https://localhost:$((base + i))/git/valise.git"
    has "a certificate that is $kind: why" "$(cat "$T/err")" 'cannot show who it is'
    i=$((i + 1))
done

timeout 60 openssl s_server -accept "127.0.0.1:$((base + 8))" -cert "$T/tls/good.pem" -key "$T/tls/good.key" -tls1_1 \
    -cipher 'DEFAULT@SECLEVEL=0' -www >"$T/run/old" 2>&1 &
old=$!
for wait in 1 2 3 4 5 6 7 8 9 10; do
    grep -q ACCEPT "$T/run/old" && break
    sleep 0.1
done
same "a host with an old version of TLS runs" 1 "$(grep -c ACCEPT "$T/run/old")"
exits "an old version of TLS" 7 ny remote add old "https://localhost:$((base + 8))/git/valise.git"
kill "$old" && wait "$old" 2>/dev/null

# ---- the main job ----
exits "a host is added" 0 ny remote add host "$url"
exits "the first exchange" 0 ny sync
exits "joining over https" 0 hague join "$url" --delegation Croatia --post "The Hague" --remote host
ny -q sync
exits "admitting" 0 ny admit Croatia --share-history --safety-number "$(hague key safety-number --plain)"
ny -q sync && hague -q sync
ny -q person edit haddad --position "Former minister" >/dev/null
hague -q person edit haddad --position "Minister of State" >/dev/null
ny -q sync && hague -q sync && ny -q sync
same "the same state on both sides" "$(ny status --state)" "$(hague status --state)"
same "both values are kept" 1 "$(ny review --list --plain | wc -l)"
hague -q person edit haddad --position "Envoy" >/dev/null
exits "a short history takes the place of the long one" 0 ny remote compact host --yes
has "which is said" "$(cat "$T/out")" 'replaced: pieces'
exits "and the other goes on, with what it had not sent" 0 hague sync
has "with what it had not sent" "$(cat "$T/out")" 'sent 1'
ny -q sync && hague -q sync
same "the same state afterwards" "$(ny status --state)" "$(hague status --state)"
exits "what lies on the host is sound" 0 git -c safe.directory='*' --git-dir "$place" fsck --strict --full
if LC_ALL=C grep -raq -e Haddad -e Ireland -e Croatia -e Focal "$T/srv"; then plain=yes; else plain=no; fi
same "nothing plain on the host" no "$plain"

# ---- redirections are not followed (NW-05), plain http is not spoken ----
exits "a host that sends us elsewhere" 5 ny remote add moved "https://localhost:$base/moved/valise.git"
has "a host that sends us elsewhere: says so" "$(cat "$T/err")" 'elsewhere'
exits "a host that sends us to plain http" 5 ny remote add plain "https://localhost:$base/plain/valise.git"
exits "plain http" 2 ny remote add plain "http://localhost:$base/git/valise.git"

# ---- a name and a password ----
openssl passwd -apr1 secret | sed 's/^/joe:/' >"$T/run/users"
chmod 644 "$T/run/users"
closed=https://localhost:$base/closed/valise.git
exits "without a password" 5 ny remote add closed "$closed"
has "without a password: says so" "$(cat "$T/err")" 'name and password'
has "without a password: where to put it" "$(cat "$T/err")" '~/\.netrc'
exits "a password in the address" 2 ny remote add inside "https://somebody:secret@localhost:$base/closed/valise.git"
has "a password in the address: where it belongs" "$(cat "$T/err")" '~/\.netrc'
hasnt "a password in the address: not repeated" "$(cat "$T/err")" 'secret'
exits "a place that is not made yet" 5 ny remote add none "https://localhost:$base/git/none.git"
has "a place that is not made yet: whom to ask" "$(cat "$T/err")" 'no such place\. Ask whoever runs it'
hasnt "a place that is not made yet: nothing that fails on a host" "$(cat "$T/err")" '[-]-create|^valise:.*repository'
printf 'machine localhost login joe password wrong\n' >"$HOME/.netrc"
chmod 600 "$HOME/.netrc"
exits "with a wrong one" 5 ny remote add closed "$closed"
printf 'machine localhost login joe password secret\n' >"$HOME/.netrc"
exits "with the right one from .netrc" 0 ny remote add closed "$closed"
ny -q person edit haddad --position "Senator" >/dev/null
exits "with the right one: exchange" 0 ny sync closed
timeout 60 openssl s_server -accept "127.0.0.1:$((base + 9))" -cert "$T/tls/good.pem" -key "$T/tls/good.key" -www -msg \
    >"$T/run/away" 2>&1 &
away=$!
for wait in 1 2 3 4 5 6 7 8 9 10; do
    grep -q ACCEPT "$T/run/away" && break
    sleep 0.1
done
lines=$(wc -l <"$T/run/away")
exits "a host that sends us elsewhere with a password" 5 ny remote add away "https://localhost:$base/away/valise.git"
same "no name or password arrives elsewhere, and nothing else" "$lines" "$(wc -l <"$T/run/away")"
curl -q -sk -o /dev/null "https://127.0.0.1:$((base + 9))/" && sleep 0.2
kill "$away" && wait "$away" 2>/dev/null
if [ "$(wc -l <"$T/run/away")" -gt "$lines" ]; then ok "elsewhere does listen"; else not_ok "elsewhere does listen"; fi
exits "and the other address shows it" 0 hague sync
hasnt "no password in what is kept or said" "$(cat "$T/out" "$T/err"; ny remote list)" secret

# ---- refusals, absence ----
ny -q person edit haddad --position "Adviser" >/dev/null
printf '#!/bin/sh\nexit 1\n' >"$place/hooks/pre-receive"
chmod 755 "$place/hooks/pre-receive"
exits "a host that refuses" 5 ny sync host
has "a host that refuses: what waits" "$(cat "$T/out" "$T/err")" '1 change waits'
rm "$place/hooks/pre-receive"
exits "and takes it again" 0 ny sync host
exits "no such place" 5 ny remote add none "https://localhost:$base/git/none.git"
ny -q person edit haddad --position "Legal adviser" >/dev/null
HTTPS_PROXY=http://127.0.0.1:9 exits "a proxy that is not there" 5 ny sync host
has "a proxy that is not there: says so" "$(cat "$T/out")" '^host +not reached: .*the proxy does not answer: .*127\.0\.0\.1 port 9'
has "a proxy that is not there: what is kept, and what to do" "$(cat "$T/out")" \
    '^Nothing was sent; 1 change waits\. When there is a line, run: +valise sync$'
has "a proxy that is not there: where it is named" "$(cat "$T/err")" 'variable https_proxy of your session'
https_proxy=http://127.0.0.1:9 exits "a proxy that is not there, in French" 5 ny sync host --lang fr
has "a proxy that is not there, in French: where it is named" "$(cat "$T/err")" 'mandataire \(proxy\)'
has "a proxy that is not there, in French: what is kept" "$(cat "$T/out")" '^Rien n.a été envoyé'
all_proxy=http://127.0.0.1:9 exits "a proxy that is not there, for a new place" 5 ny remote add another "$url"
has "a proxy that is not there, for a new place: says so" "$(cat "$T/err")" 'the proxy does not answer'
has "a proxy that is not there, for a new place: where it is named" "$(cat "$T/err")" 'variable https_proxy of your session'
exits "without it what waited goes out" 0 ny sync host
has "without it what waited goes out: all of it" "$(cat "$T/out")" '^host +sent 1, received 0$'
if unshare -rn true 2>/dev/null; then # a laptop whose network is off
    ny -q person edit haddad --position "Counsel" >/dev/null
    exits "no network" 5 unshare -rn env VALISE_HOME="$T/ny" VALISE_PASSPHRASE_FILE="$T/pw" valise --no-input sync host
    has "no network: says so" "$(cat "$T/err")" '^This laptop is on no network now'
    has "no network: what is kept, and what to do" "$(cat "$T/out")" \
        '^Nothing was sent; 1 change waits\. When there is a line, run: +valise sync$'
    exits "no network, a new place by its name" 5 \
        unshare -rn env VALISE_HOME="$T/ny" VALISE_PASSPHRASE_FILE="$T/pw" valise --no-input remote add far https://host.example/x
    has "no network, a new place by its name: says so" "$(cat "$T/err")" '^This laptop is on no network now'
    exits "no network, a new place by ssh" 5 \
        unshare -rn env VALISE_HOME="$T/ny" VALISE_PASSPHRASE_FILE="$T/pw" valise --no-input remote add far ssh://192.0.2.1/x
    has "no network, a new place by ssh: says so" "$(cat "$T/err")" '^This laptop is on no network now'
    ny remote add stick "$T/stick.git" --create >/dev/null
    exits "no network, and a stick" 5 unshare -rn env VALISE_HOME="$T/ny" VALISE_PASSPHRASE_FILE="$T/pw" valise --no-input sync
    has "no network, and a stick: the stick" "$(cat "$T/out")" '^stick +sent [0-9]+'
    has "no network, and a stick: what waits for the host" "$(cat "$T/err")" '^1 change waits for it'
    ny remote remove stick >/dev/null
    exits "and with a network it goes out" 0 ny sync host
else
    skip "no network" "this machine lets nobody have a network of his own"
fi
kill "$server"
wait "$server" 2>/dev/null
exits "nobody answers" 5 ny sync host
has "nobody answers: why and what to do" "$(cat "$T/out" "$T/err")" 'When there is a line'
ls "$TMPDIR" | grep -c '^valise-line-' >"$T/left"
same "nothing is left of what was fetched" 0 "$(cat "$T/left")"
done_testing
