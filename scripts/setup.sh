#!/usr/bin/env bash
# Make .venv from nothing but Python 3.11: a virtual environment, uv at its pinned version, all that uv.lock names.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${UV_VERSION:?which version of uv}"

say() { printf 'set-up: %s\n' "$*" >&2; }

python=""
for name in ${PYTHON:-} python3.11 python3 python; do
    if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
        python=$(command -v "$name")
        break
    fi
done
[ -n "$python" ] || { say "Python 3.11 was not found; install it, or name it: PYTHON=… make setup"; exit 1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

# Debian keeps ensurepip in a package of its own; without it a virtual environment has no pip.
have_pip() { "$python" -c 'import ensurepip' 2>/dev/null; }
install_venv() {
    command -v apt-get >/dev/null || return 1
    say "installing python3-venv"
    as_root timeout 180 apt-get update -qq >/dev/null 2>&1 || say "the package lists could not be renewed"
    as_root env DEBIAN_FRONTEND=noninteractive timeout 300 \
        apt-get install -y -qq --no-install-recommends python3-venv python3.11-venv >/dev/null 2>&1
}

if [ ! -x .venv/bin/python ] || ! .venv/bin/python -c '' 2>/dev/null; then
    rm -rf .venv
    if have_pip || { install_venv && have_pip; }; then
        "$python" -m venv .venv
    elif "$python" -m pip --version >/dev/null 2>&1; then
        "$python" -m venv --without-pip .venv
    else
        say "neither ensurepip nor pip is there: install the package python3-venv"
        exit 1
    fi
fi

if [ "$(.venv/bin/uv --version 2>/dev/null | cut -d' ' -f2)" != "$UV_VERSION" ]; then
    say "installing uv $UV_VERSION"
    if .venv/bin/python -m pip --version >/dev/null 2>&1; then
        .venv/bin/python -m pip install -q --disable-pip-version-check "uv==$UV_VERSION"
    else
        "$python" -m pip --python .venv/bin/python install -q --disable-pip-version-check "uv==$UV_VERSION"
    fi
fi

VIRTUAL_ENV="$PWD/.venv" UV_PROJECT_ENVIRONMENT="$PWD/.venv" .venv/bin/uv sync --frozen --quiet --all-extras
