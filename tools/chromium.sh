#!/bin/sh
# Make sure that the browser tests find a Chromium: the system's own, else Debian's, else Playwright's.
set -u
PY=${PY:-python3}

found() {
    for name in "${CNNLAB_CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable \
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" /Applications/Chromium.app/Contents/MacOS/Chromium; do
        [ -n "$name" ] && command -v "$name" >/dev/null 2>&1 && return 0
    done
    bundled=$("$PY" -c 'from playwright.sync_api import sync_playwright as p
with p() as api: print(api.chromium.executable_path)') && [ -x "$bundled" ]
}

found && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "No Chromium found: installing Debian's."
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-cjk
    found && exit 0
fi
echo "No Chromium found: installing Playwright's."
"$PY" -m playwright install chromium
found && exit 0

echo "The browser tests need Chromium or Chrome: install one, or set CNNLAB_CHROMIUM to its path." >&2
if [ -n "${CI:-}" ]; then exit 1; fi
echo "Going on without: they will be skipped." >&2
