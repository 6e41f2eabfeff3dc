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
    if ! { $as apt-get update -qq && $as env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
        --no-install-recommends $missing; } >"$log" 2>&1; then
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
