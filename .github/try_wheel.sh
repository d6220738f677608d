#!/usr/bin/env bash
# Try the wheel in a directory as a stranger would: try_wheel.sh DIRECTORY
#
# Looks into it; installs it into an empty environment with nothing of this tree in reach; asks for
# its version; serves a sample library until that is ready, asks for its health and its page, and
# stops it. PYTHON is the Python to use (python3 where nothing is said).
set -euo pipefail
python=${PYTHON:-python3}
here=$(cd "$(dirname "$0")" && pwd)
wheels=("${1:?"usage: try_wheel.sh DIRECTORY"}"/*.whl)
[ "${#wheels[@]}" -eq 1 ] && [ -f "${wheels[0]}" ] || {
    echo "there must be one wheel in $1, and there are: ${wheels[*]}" >&2
    exit 1
}
wheel=$(cd "$(dirname "${wheels[0]}")" && pwd)/$(basename "${wheels[0]}")

"$python" "$here/check_wheel.py" "$wheel"

empty=$(mktemp -d)
server=
finish() {
    if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; fi
    rm -rf "$empty"
}
trap finish EXIT
cd "$empty"
unset PYTHONPATH

"$python" -m venv environment
environment/bin/python -m pip install --quiet --disable-pip-version-check "$wheel"
environment/bin/python -m pip check
mkdir home
export HOME=$empty/home MUSTELA_DATA_DIR=$empty/data
version=$(environment/bin/mustela --version)
case "$(basename "$wheel")" in
    "mustela-${version#mustela }-"*) echo "installed: $version" ;;
    *) echo "the wheel is $(basename "$wheel"), and says that it is $version" >&2; exit 1 ;;
esac

environment/bin/mustela serve --sample --port 0 --no-browser >output 2>&1 &
server=$!
url=
for _ in $(seq 600); do # a minute
    url=$(sed -n 's/^Mustela is ready at //p' output)
    [ -n "$url" ] && break
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
done
if [ -z "$url" ]; then
    echo "it was not ready within a minute:" >&2
    cat output >&2
    exit 1
fi
for path in api/v1/health/live api/v1/health/ready api/v1/videos / ; do
    environment/bin/python - "$url/${path#/}" <<'PYTHON'
import sys
from urllib.request import urlopen

with urlopen(sys.argv[1], timeout=30) as answer:
    print(answer.status, sys.argv[1], len(answer.read()), "bytes")
PYTHON
done
kill -TERM "$server"
status=0
wait "$server" || status=$?
server=
if [ "$status" -ne 0 ]; then
    echo "told to stop, it ended with status $status:" >&2
    cat output >&2
    exit 1
fi
echo "served, and stopped when it was told to"
