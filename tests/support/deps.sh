#!/bin/sh
# Installs the Debian packages named as arguments that are missing. The first argument is the least
# version of libgit2 that is safe to run. Says plainly what to do where it may not install.
set -eu
least=$1
shift

missing=
for p in "$@"; do
    case $(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null || true) in
    installed) ;;
    *) missing="$missing $p" ;;
    esac
done

if [ -n "$missing" ]; then
    if [ "$(id -u)" = 0 ]; then
        as=
    elif command -v sudo >/dev/null 2>&1; then
        as=sudo
    else
        echo "These Debian packages are missing:$missing" >&2
        echo "Neither root nor sudo is at hand. Ask an administrator to run:" >&2
        echo "    apt-get install$missing" >&2
        exit 1
    fi
    echo "Installing Debian packages:$missing"
    log=$(mktemp)
    # Of openssh-server the tests want the program: where this script brings it, no service is started or enabled.
    quiet=
    case " $missing " in
    *" openssh-server "*)
        if [ ! -e /usr/sbin/policy-rc.d ]; then
            quiet=1
            printf '#!/bin/sh\nexit 101\n' | $as tee /usr/sbin/policy-rc.d >/dev/null
            $as chmod 755 /usr/sbin/policy-rc.d
        fi ;;
    esac
    installed=0
    { $as apt-get update -qq && $as env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
        --no-install-recommends $missing; } >"$log" 2>&1 || installed=$?
    if [ -n "$quiet" ]; then
        $as rm -f /usr/sbin/policy-rc.d
        if command -v systemctl >/dev/null 2>&1; then
            $as systemctl disable --now ssh.service ssh.socket >/dev/null 2>&1 || :
        fi
    fi
    if [ "$installed" -ne 0 ]; then
        cat "$log" >&2
        rm -f "$log"
        echo "The packages could not be installed. Without a line, bring them on a stick and install them with dpkg -i." >&2
        exit 1
    fi
    rm -f "$log"
fi

have=$(dpkg-query -W -f '${Version}' libgit2-1.5 2>/dev/null || true)
if [ -n "$have" ] && dpkg --compare-versions "$have" lt "$least"; then
    echo "libgit2 $have is older than $least, which mends holes that a hostile remote can use." >&2
    echo "Install the security update:  apt-get update && apt-get install libgit2-1.5" >&2
    exit 1
fi
