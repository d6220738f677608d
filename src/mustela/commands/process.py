"""How the interpreter of a server process is set."""

from __future__ import annotations

import gc
import sys

#: Two threads hand the interpreter to each other for each answer: the default of 5 ms is long.
SWITCH_SECONDS = 0.0005
#: An answer of a hundred records is more objects than the collector waits for by default.
_YOUNG, _MIDDLE, _OLD = 10_000, 20, 50
#: glibc takes a text of 128 kB for a rare one: it gives the memory back to the system afterwards,
#: and fetches it again for the next one, page by page. A list of a hundred images is longer. Once
#: something of this length was given back, it keeps what is shorter, and up to twice as much.
_LONG_BYTES = 8 * 1024 * 1024


def settle() -> None:
    """Call it once the application is made: what is there by then is never garbage."""
    sys.setswitchinterval(SWITCH_SECONDS)
    bytes(_LONG_BYTES)
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
