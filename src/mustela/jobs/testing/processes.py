"""Which processes live on this machine."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

_PROC = Path("/proc/self/stat")


def processes(ids: Iterable[int] | None = None) -> dict[int, tuple[int, str]]:
    """The living processes, or those of ``ids`` that live: parent, and when it was started.

    Zombies do not live. Linux says it in ``/proc``; elsewhere ``ps`` is asked.
    """
    if not _PROC.exists():
        return _from_ps(ids)
    if ids is None:
        ids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return {pid: found for pid in ids if (found := _from_proc(pid)) is not None}


def _from_proc(pid: int) -> tuple[int, str] | None:
    """See proc(5); the name of the program, in parentheses, may hold anything."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, parent, born = fields[0], fields[1], fields[19]
    return None if state in {"Z", "X"} else (int(parent), born)


def _from_ps(ids: Iterable[int] | None) -> dict[int, tuple[int, str]]:
    which = ["-A"] if ids is None else ["-p", ",".join(map(str, ids))]
    command = ["ps", *which, "-o", "pid=,ppid=,state=,lstart="]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)
    rows = (line.split(None, 3) for line in listed.stdout.splitlines())
    return {int(pid): (int(parent), born) for pid, parent, state, born in rows if state[0] != "Z"}
