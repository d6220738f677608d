"""Files are written whole, and what a killed writer left goes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from mustela.files.whole_file import ABANDONED_SECONDS, write_whole

#: Writes a file, and is killed before it is there.
_KILLED = """
import os, pathlib, signal, sys
from mustela.files.whole_file import write_whole
pathlib.Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
write_whole(pathlib.Path(sys.argv[1]), b"half")
"""


def test_what_a_killed_writer_left_goes_with_a_later_write(tmp_path: Path) -> None:
    directory = tmp_path / "made"
    first = directory / "a.png"
    killed = subprocess.run([sys.executable, "-c", _KILLED, str(first)], check=False)
    assert killed.returncode == -signal.SIGKILL
    (left,) = directory.iterdir()
    assert left.name.endswith(".part")
    # Another one may still be at work.
    write_whole(directory / "b.png", b"whole")
    assert left.exists()
    long_ago = time.time() - 2 * ABANDONED_SECONDS
    os.utime(left, (long_ago, long_ago))
    write_whole(first, b"whole")
    assert sorted(one.name for one in directory.iterdir()) == ["a.png", "b.png"]
    assert first.read_bytes() == b"whole"
