"""A parent process that the tests kill: it has two children hang, and says which they are."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from mustela.files.children import Children


async def main(folder: Path) -> None:
    async with Children(2) as children:
        await asyncio.gather(
            *(
                children.run(f"tests.files.child_functions:{hang}", str(folder / hang))
                for hang in ("hang", "hang_and_ignore_sigterm")
            )
        )


asyncio.run(main(Path(sys.argv[1])))
