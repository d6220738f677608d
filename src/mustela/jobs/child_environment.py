"""What the processes that we start are told of where we are."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def child_environment() -> dict[str, str]:
    """Ours, with our import path, so that the child finds the modules that we do."""
    path = os.pathsep.join(str(Path(place).absolute()) for place in sys.path if place)
    return {**os.environ, "PYTHONPATH": path}
