"""How the interpreter of a server process is set."""

from __future__ import annotations

import gc
import sys

#: Two threads hand the interpreter to each other for each answer: the default of 5 ms is long.
SWITCH_SECONDS = 0.0005
#: An answer of a hundred records is more objects than the collector waits for by default.
_YOUNG, _MIDDLE, _OLD = 10_000, 20, 50
#: The C library gives memory back to the system at each text longer than the longest that it ever
#: gave back (128 kB at first), and then fetches it again, page by page: a long list is longer.
_LARGE = 4 * 1024 * 1024


def settle() -> None:
    """Call it once the application is made: what is there by then is never garbage."""
    sys.setswitchinterval(SWITCH_SECONDS)
    bytes(_LARGE)
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
