"""Commands as a shell runs them, but in this process."""

from __future__ import annotations

import ctypes
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mustela.cli import main
from tests.media import copy_media, make_media


@dataclass(frozen=True)
class Ran:
    """What a command answered."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    def refused(self, *words: str) -> None:
        """One line on standard error that has these words, nothing else, and exit status 2."""
        assert (self.status, self.out) == (2, ""), self
        assert self.err.startswith("mustela: ")
        assert self.err.count("\n") == 1, self.err
        for word in words:
            assert word in self.err


Run = Callable[..., Ran]


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_media(tmp_path_factory.mktemp("media"))


@pytest.fixture
def library(media: Path, tmp_path: Path) -> Path:
    """A directory with three videos, and no root yet."""
    return copy_media(media, tmp_path / "library")


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of this machine's, and a data directory of the test's own."""
    for name in list(os.environ):
        if name.startswith("MUSTELA_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MUSTELA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr("mustela.store.upgrade.PATIENCE", 0.0)


@pytest.fixture
def ordinary_user() -> Iterator[None]:
    """What permissions forbid is forbidden, though the tests run as root."""
    if os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # version 3; this thread
    powers = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable: the low words first
    if not hasattr(libc, "capget") or libc.capget(header, powers):
        pytest.skip("root may write everywhere, and cannot be kept from it here")
    before = powers[0]
    powers[0] &= ~0b110  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
    assert libc.capset(header, powers) == 0
    yield
    powers[0] = before
    assert libc.capset(header, powers) == 0


@pytest.fixture
def mustela(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """``mustela("video", "list")``"""

    def run(*arguments: str | Path) -> Ran:
        monkeypatch.setattr("sys.argv", ["mustela", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        code: Any = ended.value.code  # we exit with numbers
        return Ran(code or 0, captured.out, captured.err)

    return run


@pytest.fixture
def scanned(mustela: Run, library: Path) -> Path:
    """The library, when it is in the catalog."""
    assert mustela("scan", library).status == 0
    return library
