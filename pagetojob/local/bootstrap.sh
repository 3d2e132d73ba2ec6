#!/bin/sh
# Finds a Python that fits, makes .venv with it, and installs one of the hash-pinned locks.
#
#   bootstrap.sh local    what `make run` needs
#   bootstrap.sh dev      that, and what tests and checks need
#   bootstrap.sh python   print the Python that would be used
#
# PYTHON=/path/to/python names one outright. A second call with nothing to do takes a few hundredths of a second.
set -eu

clone=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd -P)
venv=$clone/.venv
stamp=$venv/.pagetojob-stamp
busy=$clone/.venv.lock
seen=''
without_venv=''
python=''

fits() { "$1" -c 'import sys; sys.exit(not (3, 13) <= sys.version_info[:2] < (3, 15))' >/dev/null 2>&1; }

can_make_venv() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

# Sets $python and succeeds if this candidate serves. It is run, not believed: a pyenv shim exists and may yet fail.
try() {
    case $1 in
        */*) [ -x "$1" ] || return 1; candidate=$1 ;;
        *) candidate=$(command -v "$1" 2>/dev/null) || return 1 ;;
    esac
    if ! fits "$candidate"; then
        found=$("$candidate" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null) || found='does not start'
        case $seen in *"  $candidate ("*) ;; *) seen="$seen
  $candidate ($found)" ;; esac
        return 1
    fi
    if [ "$wanted" != python ] && ! can_make_venv "$candidate"; then
        without_venv=${without_venv:-$candidate}
        return 1
    fi
    # The interpreter behind an activated environment or a shim: the environment may be the one we are about to replace.
    python=$("$candidate" -c 'import sys; print(getattr(sys, "_base_executable", "") or sys.executable)')
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        try "$PYTHON" && return 0
        [ -n "$seen$without_venv" ] || seen="
  $PYTHON (is not there)"
        return 1
    fi
    # 3.13 first: it is the version that every check of ours runs on.
    for name in python3.13 python3.14 python3 python; do try "$name" && return 0; done
    # Set only by tests, which must not find the Pythons of the machine they run on.
    for folder in ${PAGETOJOB_PYTHON_FOLDERS-/usr/bin /usr/local/bin /opt/homebrew/bin}; do
        for name in python3.13 python3.14 python3; do try "$folder/$name" && return 0; done
    done
    [ -n "${HOME:-}" ] || return 1
    for path in "$HOME"/.pyenv/versions/3.13*/bin/python "$HOME"/.pyenv/versions/3.14*/bin/python \
        "$HOME"/.local/share/uv/python/cpython-3.1[34]*/bin/python3; do
        try "$path" && return 0
    done
    return 1
}

explain_missing_python() {
    if [ -n "$without_venv" ]; then
        version=$("$without_venv" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        echo "$without_venv is Python $version but cannot make environments: venv or ensurepip is missing."
        echo "On Debian or Ubuntu:  apt-get install python3-venv   (or python$version-venv)"
    else
        echo 'PageToJob needs Python 3.13 or 3.14, and none was found.'
        [ -z "$seen" ] || echo "Looked at:$seen"
        echo 'On Debian 13:  apt-get install python3 python3-venv'
        echo 'With pyenv:    pyenv install 3.13'
        echo 'On macOS:      brew install python@3.13'
    fi
    echo 'If you have one elsewhere, name it:  make run PYTHON=/path/to/python3.13'
}

lock_sum() { cksum <"$clone/requirements/$1.txt" | tr ' ' '-'; }

stamp_for() { printf '%s\n%s\n%s\n' "$1" "$(lock_sum "$1")" "$clone"; }

stamped() { [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(stamp_for "$1")" ]; }

alive() { [ -x "$venv/bin/python" ] && fits "$venv/bin/python"; }

up_to_date() {
    alive || return 1
    # dev holds all that local does; going back would take the tests away.
    stamped dev || { [ "$1" = local ] && stamped local; }
}

# An environment made elsewhere keeps the old path in its scripts, and one whose Python is gone is no use.
usable() {
    alive || return 1
    [ ! -f "$stamp" ] || [ "$(sed -n 3p "$stamp")" = "$clone" ] || return 1
    "$venv/bin/python" -c 'import pip' 2>/dev/null || "$venv/bin/python" -m ensurepip >/dev/null 2>&1
}

take_turn() {
    until mkdir "$busy" 2>/dev/null; do
        other=$(cat "$busy/pid" 2>/dev/null || echo '')
        if [ -n "$other" ] && ! kill -0 "$other" 2>/dev/null; then
            rm -rf "$busy"
        else
            sleep 1
        fi
    done
    echo $$ >"$busy/pid"
    trap 'rm -rf "$busy"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
}

install() {
    kind=$1
    if [ -f "$stamp" ] && [ "$(sed -n 1p "$stamp")" = dev ]; then kind=dev; fi
    if ! usable; then
        find_python || { explain_missing_python >&2; exit 1; }
        echo "Making .venv with $("$python" --version) ($python) ..."
        rm -rf "$venv"
        "$python" -m venv "$venv"
    fi
    # From here to the end the stamp is away: whatever interrupts us, the next call does it again.
    rm -f "$stamp"
    echo "Installing requirements/$kind.txt; the first time this takes about a minute ..."
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input \
        --no-deps --require-hashes -r "$clone/requirements/$kind.txt"
    stamp_for "$kind" >"$stamp"
}

wanted=${1:-}
case $wanted in
    local | dev)
        up_to_date "$wanted" && exit 0
        take_turn
        up_to_date "$wanted" || install "$wanted"
        ;;
    python)
        find_python || { explain_missing_python >&2; exit 1; }
        printf '%s\n' "$python"
        ;;
    *)
        echo 'usage: bootstrap.sh local|dev|python' >&2
        exit 2
        ;;
esac
