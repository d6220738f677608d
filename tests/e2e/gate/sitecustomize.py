"""Loaded by every Python of a test that names this directory in PYTHONPATH.

A process that examines files stops before a file whose name has ``held`` in it, for as long as the
file that MUSTELA_TEST_GATE names is there, and notes in it who waits: its own and its parent's id.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

GATE = Path(os.environ.get("MUSTELA_TEST_GATE", ""))


def hold(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "open" or not isinstance(arguments[0], bytes | str):
        return
    if b"held" not in os.fsencode(arguments[0]):
        return
    if GATE.is_file():
        with GATE.open("a", encoding="ascii") as gate:
            gate.write(f"{os.getpid()} {os.getppid()}\n")
    while GATE.is_file():
        time.sleep(0.01)


if "mustela.files.child_main" in sys.orig_argv:
    sys.addaudithook(hold)
