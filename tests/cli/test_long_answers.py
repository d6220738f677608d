"""What a server process does with the memory of long answers."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

#: Thirty-two answers of 180 kB at a time, twenty times: about 28,000 pages of 4 kB.
_FAULTS = """
import resource
from mustela.commands.process import settle

def answers():
    kept = [b"x" * 180_000 for _ in range(32)]

settle()
answers()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    answers()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="it is glibc that is told to keep it")
def test_the_memory_of_long_answers_is_kept_for_the_next_ones() -> None:
    said = subprocess.run(
        [sys.executable, "-c", _FAULTS], capture_output=True, text=True, check=True
    ).stdout
    assert int(said) < 1000
