"""How the interpreter of a server process is set."""

from __future__ import annotations

import gc
import sys

#: Two threads hand the interpreter to each other for each answer: the default of 5 ms is long.
SWITCH_SECONDS = 0.0005
#: An answer of a hundred records is more objects than the collector waits for by default.
_YOUNG, _MIDDLE, _OLD = 10_000, 20, 50


def settle() -> None:
    """Call it once the application is made: what is there by then is never garbage."""
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
