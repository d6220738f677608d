"""Nobody judges others who was away himself.

After an outage of the database, or while a machine sleeps, all signs of life are old. Whoever is
back first would take all others for dead; so he waits until they have had time to say a word.
"""

from __future__ import annotations


class UnbrokenWatch:
    """Looks without a gap, by the clock of the database, which may jump, too.

    ``seconds`` have to pass without one before others are judged; more than ``gap`` seconds
    between two looks are one.
    """

    def __init__(self, seconds: float, gap: float) -> None:
        self._seconds = seconds * 1_000_000
        self._gap = gap * 1_000_000
        self._since = 0
        self._looked_at: int | None = None

    def lasts(self, now: int) -> bool:
        """Whether it has lasted for long enough at this look, at ``now`` (microseconds)."""
        before, self._looked_at = self._looked_at, now
        if before is None or not 0 <= now - before <= self._gap:
            self._since = now
        return now - self._since >= self._seconds
