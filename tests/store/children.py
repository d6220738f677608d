"""Programs of their own, for what one process cannot show: kills, limits, other writers."""

from __future__ import annotations

import os
import subprocess
import sys

LIMIT = 120  #: seconds after which a child is taken for hung


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a Python program that imports what this process can import."""
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )


def finish(child: subprocess.Popen[str]) -> str:
    """Wait for a program's good end; what it printed."""
    try:
        out, err = child.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        child.kill()
        _, err = child.communicate()
        raise AssertionError(f"the child hangs: {err}") from None
    assert child.returncode == 0, err
    return out


def answer(script: str, *arguments: object) -> str:
    """Run a program to its end; what it printed."""
    return finish(start(script, *arguments))
