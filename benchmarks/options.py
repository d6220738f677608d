"""What the command line says to every benchmark."""

from __future__ import annotations

from pathlib import Path

import msgspec


class Options(msgspec.Struct, frozen=True):
    """``directory`` holds the databases and trees made for this run."""

    directory: Path
    quick: bool = False
    long: bool = False
    videos: int = 100_000
    images: int = 100_000
    tasks: int = 32

    @property
    def rounds(self) -> int:
        """Rounds in which all contenders take turns."""
        return 5 if self.quick else 21

    @property
    def seconds(self) -> float:
        """How long a contender runs in a round."""
        return 0.3
