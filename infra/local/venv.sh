#!/bin/sh
# venv.sh FOLDER STAMP REQUIREMENTS...: a virtual environment that holds exactly these pinned packages. Says in one line what is missing.
set -eu


folder=$1 stamp=$2
shift 2
python=${PYTHON:-python3}

stop() {
  echo "$1" >&2
  exit 1
}

command -v "$python" >/dev/null 2>&1 ||
  stop "Python is needed for this and \"$python\" was not found. Install Python 3.10 or newer, or name yours: make PYTHON=/path/to/python3 ..."
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null ||
  stop "\"$python\" is $("$python" --version 2>&1); 3.10 or newer is needed. Name another: make PYTHON=python3.12 ..."

if ! [ -x "$folder/bin/python" ] || ! "$folder/bin/python" -c 'import pip' >/dev/null 2>&1; then
  "$python" -c 'import venv, ensurepip' 2>/dev/null ||
    stop "\"$python\" cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv"
  rm -rf "$folder"
  mkdir -p "$(dirname "$folder")"
  "$python" -m venv "$folder" || stop "\"$python\" could not make a virtual environment in $folder."
fi

echo "Installing the pinned Python packages into $folder (once) ..."
log=$folder/pip.log
set -- $(for list in "$@"; do printf -- '-r %s ' "$list"; done)
if ! "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --require-hashes --only-binary :all: "$@" >"$log" 2>&1; then
  if grep -qiE 'connection|resolve|timed out|network|unreachable|proxy|ssl|from versions: none' "$log"; then
    stop "The Python packages could not be fetched: is there a network (or a proxy to set)? They are needed once. pip's own words: $log"
  fi
  stop "The Python packages could not be installed. pip's own words: $log"
fi
touch "$stamp"
