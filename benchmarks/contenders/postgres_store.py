"""Mustela's own store on PostgreSQL: ``postgres_store URL [KEPT_BYTES]``."""

from __future__ import annotations

import asyncio
import sys

from benchmarks.contenders.mustela_store import main

if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], *map(int, sys.argv[2:])))
