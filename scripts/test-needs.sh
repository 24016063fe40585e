#!/bin/sh
# Gets what the tests need beside Python packages: a Chromium and a Chinese font. PostgreSQL comes as a wheel.
set -eu
say() { printf '%s\n' "$*" >&2; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null 2>&1; then sudo "$@"; else return 1; fi
}

wanted=""
command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 ||
    command -v google-chrome >/dev/null 2>&1 || wanted="chromium"
if ! command -v fc-list >/dev/null 2>&1 || [ -z "$(fc-list :lang=zh 2>/dev/null | head -n 1)" ]; then
    wanted="$wanted fonts-noto-cjk fontconfig"
fi
[ -z "$wanted" ] && exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    say "The browser tests need:$wanted. Install them with your system's package manager and try again."
    exit 1
fi
say "Installing$wanted for the browser tests ..."
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 - a list of names
if ! { as_root apt-get update -qq && as_root apt-get install -y -qq --no-install-recommends $wanted; } >/dev/null; then
    say "Could not install$wanted. Install them by hand and try again."
    exit 1
fi
