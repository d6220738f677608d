#!/usr/bin/env bash
# Build the source distribution, and the wheel out of it: build.sh DIRECTORY
#
# PYTHON is the Python to use (python3 where nothing is said). The tools of the build come into an
# environment that is thrown away.
set -euo pipefail
mkdir -p "${1:?"usage: build.sh DIRECTORY"}"
directory=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/tools"
"$work/tools/bin/python" -m pip install --quiet --disable-pip-version-check \
    --require-hashes --only-binary :all: -r requirements/build.txt
"$work/tools/bin/hatchling" build --target sdist --directory "$work/sdist"
mkdir "$work/source"
tar -xzf "$work"/sdist/*.tar.gz -C "$work/source" --strip-components 1
(cd "$work/source" && "$work/tools/bin/hatchling" build --target wheel --directory "$directory")
cp "$work"/sdist/*.tar.gz "$directory"
