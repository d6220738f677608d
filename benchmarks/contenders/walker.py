"""A bare walk in a process of its own: ``walker TREE``."""

from __future__ import annotations

import sys
import time

from benchmarks.file_tree import bare_walk
from benchmarks.turns import answer


def main(tree: str) -> None:
    answer({"ready": True})
    while sys.stdin.buffer.readline():
        start = time.perf_counter()
        found = bare_walk(tree)
        answer({"seconds": time.perf_counter() - start, "found": found})


if __name__ == "__main__":
    main(sys.argv[1])
