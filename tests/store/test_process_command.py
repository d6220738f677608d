"""What others read of a process: who runs jobs, and who has the data directory."""

from __future__ import annotations

import pytest

from mustela.store.process_command import process_command


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://eve:s3cret@db/mustela", "postgresql://eve:***@db/mustela"),
        ("postgresql://eve:s3@cret:x@db/mustela", "postgresql://eve:***@db/mustela"),
        ("postgresql://:s3cret@db/mustela", "postgresql://:***@db/mustela"),
        ("postgresql://db/x?user=eve&password=s3cret", "postgresql://db/x?user=eve&password=***"),
        ("postgresql://db/x?password=s3cret&user=eve", "postgresql://db/x?password=***&user=eve"),
        ("postgresql://eve@db:5432/mustela", "postgresql://eve@db:5432/mustela"),
        ("sqlite:////home/eve/a.db", "sqlite:////home/eve/a.db"),
    ],
)
def test_its_command_is_told_without_passwords(
    monkeypatch: pytest.MonkeyPatch, url: str, shown: str
) -> None:
    monkeypatch.setattr("sys.argv", ["/usr/bin/mustela", "worker", "--database-url", url, "--x"])
    assert process_command() == f"mustela worker --database-url {shown} --x"


def test_a_long_command_is_cut_after_its_passwords_are_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    secret = "s3cret" * 40
    monkeypatch.setattr("sys.argv", ["mustela", f"postgresql://eve:{secret}@db/mustela"])
    assert process_command() == "mustela postgresql://eve:***@db/mustela"


def test_words_that_are_no_text_are_told_as_far_as_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.argv", ["mustela", "scan", "caf\udce9"])
    assert process_command() == "mustela scan caf\\udce9"
