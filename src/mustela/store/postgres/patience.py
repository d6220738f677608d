"""How long a connection waits for a server; for every connection, whoever opens it."""

from __future__ import annotations

from collections.abc import Collection

#: What is said to libpq where the URL says nothing: nobody waits for ever for a machine that is
#: gone. Times in seconds; that of TCP in milliseconds.
PATIENCE: dict[str, int | str] = {
    "connect_timeout": 5,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
    "application_name": "mustela",
}


def patience_beside(said: Collection[str]) -> dict[str, int | str]:
    """What is said besides these parameters of a URL."""
    return {name: value for name, value in PATIENCE.items() if name not in said}
