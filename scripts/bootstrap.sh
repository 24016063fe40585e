#!/bin/sh
# Puts the locked environment into .venv. Needs nothing but a shell and any Python 3 (or uv itself).
# Says in one plain line what is wrong when it cannot.
set -eu
cd "$(dirname "$0")/.."
tools="${PEIZHEN_TOOLS:-.tools}"
uv_version="0.13.8"

say() { printf '%s\n' "$*" >&2; }

find_uv() {
    # A uv of another pyenv version is on the path but does not run here, so it is tried, not looked up.
    for candidate in uv "$HOME/.local/bin/uv" "$tools/bin/uv"; do
        if "$candidate" --version >/dev/null 2>&1; then
            uv="$candidate"
            return 0
        fi
    done
    return 1
}

install_uv() {
    say "uv is not installed: putting it into $tools ..."
    for python in python3 python3.13 python3.12 python3.11 python3.10 /usr/bin/python3 python; do
        if "$python" -m venv "$tools" >/dev/null 2>&1 &&
            "$tools/bin/python" -m pip install --quiet --disable-pip-version-check "uv==$uv_version"; then
            return 0
        fi
    done
    say "Cannot install uv: no Python 3 with venv and pip was found, or the package index cannot be reached."
    say "Install uv by hand (pip install uv) and try again."
    return 1
}

# A network that inspects TLS signs with a certificate that the machine knows and uv's own list does not.
# Newer uv reads the first name, older ones the second; what somebody has set stays.
if [ -z "${UV_SYSTEM_CERTS+set}${UV_NATIVE_TLS+set}" ]; then
    export UV_SYSTEM_CERTS=1 UV_NATIVE_TLS=1
fi

find_uv || { install_uv && find_uv; } || exit 1

if ! "$uv" python find 3.10 >/dev/null 2>&1; then
    say "Python 3.10 is not on this machine: uv is fetching it ..."
    if ! "$uv" python install 3.10; then
        say "Python 3.10 cannot be had: rasa 3.6.21 runs on no newer one. Install it (apt install python3.10,"
        say "pyenv install 3.10, or a network in which uv can fetch it) and run the same command again."
        exit 1
    fi
fi

if ! "$uv" sync --frozen --quiet --python 3.10 "$@"; then
    say "The packages could not be installed, see above: check the network, the proxy (HTTPS_PROXY) and its certificate (SSL_CERT_FILE=/path/to/ca.pem), then run the same command again."
    exit 1
fi
