"""Contenders take turns, ABAB..., so that a noisy machine is equally unkind to all."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import msgspec


class ContenderFailed(RuntimeError):
    """A contender's process ended early; what it said stands above."""


class Contender:
    """A process that serves ``benchmarks.turns``: one JSON line asks, one answers."""

    def __init__(self, module: str, *arguments: object) -> None:
        self.name = module
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"benchmarks.contenders.{module}", *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._read()  # it is ready

    @property
    def pid(self) -> int:
        return self._process.pid

    def turn(self, operation: str, seconds: float, tasks: int) -> dict[str, Any]:
        """Let it run an operation for a while: what it measured."""
        assert self._process.stdin is not None
        request = {"operation": operation, "seconds": seconds, "tasks": tasks}
        self._process.stdin.write(msgspec.json.encode(request) + b"\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise ContenderFailed(f"the contender {self.name} ended early")
        return msgspec.json.decode(line, type=dict[str, Any])

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


@contextmanager
def contenders(**arguments: tuple[object, ...]) -> Iterator[dict[str, Contender]]:
    """Start processes by the names of their modules; end them afterwards."""
    with ExitStack() as stack:
        started = {}
        for module, values in arguments.items():
            started[module] = Contender(module, *values)
            stack.callback(started[module].close)
        yield started


def take_turns(
    turns: Mapping[str, tuple[Contender, str]], rounds: int, seconds: float, tasks: int
) -> dict[str, list[dict[str, Any]]]:
    """What each turn measured in each round; a round before the first warms up."""
    measured: dict[str, list[dict[str, Any]]] = {name: [] for name in turns}
    for number in range(rounds + 1):
        for name, (contender, operation) in turns.items():
            answer = contender.turn(operation, seconds, tasks)
            if number:
                measured[name].append(answer)
    return measured


def rates(measured: list[dict[str, Any]], key: str = "rate") -> list[float]:
    """One measured value of each round."""
    return [float(answer[key]) for answer in measured]
