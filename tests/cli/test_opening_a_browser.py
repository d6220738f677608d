"""A browser is opened for a person at a terminal with a screen, and for nobody else."""

from __future__ import annotations

import io
import threading

import pytest

from mustela.commands import serve


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []
    monkeypatch.setattr("webbrowser.open", found.append)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("DISPLAY", ":0")
    return found


def ready(url: str, *, browser: bool) -> None:
    serve._ready(url, browser)
    for thread in threading.enumerate():
        if thread.daemon and thread is not threading.current_thread():
            thread.join(0.5)


def test_a_person_at_a_terminal_gets_the_page(
    opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    ready("http://127.0.0.1:8000", browser=True)
    assert terminal.getvalue() == "Mustela is ready at http://127.0.0.1:8000\n"
    ready("http://0.0.0.0:8000", browser=True)
    ready("http://[::]:8000", browser=True)
    assert opened == ["http://127.0.0.1:8000", "http://127.0.0.1:8000", "http://[::1]:8000"]


def test_nobody_else_does(opened: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    ready("http://127.0.0.1:8000", browser=True)  # no terminal
    monkeypatch.setattr("sys.stdout", Terminal())
    ready("http://127.0.0.1:8000", browser=False)
    monkeypatch.delenv("DISPLAY")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    ready("http://127.0.0.1:8000", browser=True)
    assert opened == []
