"""What a service tests its own repositories with: one suite, every engine, sync and async."""

from mustela.store.testing.harness import (
    ENGINES,
    FACES,
    Bound,
    Engine,
    Face,
    Harness,
    harness_url,
    open_harness,
    settle,
)

__all__ = [
    "ENGINES",
    "FACES",
    "Bound",
    "Engine",
    "Face",
    "Harness",
    "harness_url",
    "open_harness",
    "settle",
]
