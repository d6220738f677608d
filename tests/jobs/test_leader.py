"""One process leads; another one does as soon as it is gone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mustela.jobs.leader import LeaderLock

LEAD = """
import sys
from pathlib import Path
from mustela.jobs.leader import LeaderLock

lock = LeaderLock(Path(sys.argv[1]))
print(lock.lead(), flush=True)
sys.stdin.read()
"""


def test_one_of_several_leads_until_it_lets_go(tmp_path: Path) -> None:
    with LeaderLock(tmp_path) as first, LeaderLock(tmp_path) as second:
        assert first.lead()
        assert first.lead(), "still"
        assert not second.lead()
        first.release()
        assert second.lead()
        assert not first.lead()


def test_without_a_directory_there_is_nobody_else() -> None:
    with LeaderLock() as alone:
        assert alone.lead()


def test_a_directory_that_cannot_be_written_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        LeaderLock(tmp_path / "nowhere").lead()


@pytest.mark.faults
def test_a_killed_leader_leads_no_more(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", LEAD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "True\n"
        with LeaderLock(tmp_path) as ours:
            assert not ours.lead()
            other.kill()
            other.wait()
            assert ours.lead()
