"""A scan whose worker does not see the root's directory: it is left to the workers that may.

Machines mount what they mount; whether the root is there shows when it is walked. A scan that has
met no directory, or an empty one where there were files, has changed nothing. So it is given back
to be taken on another machine, while a worker there lives and takes scans. Whoever gives one back
takes none for a while: one that sees the root and has room is never too late for it. Where all who
have room are as blind, it comes round again, and fails when one of them has met it often enough.
"""

from __future__ import annotations

import socket
from collections import OrderedDict

from mustela.files.errors import RootNotSeen
from mustela.files.scan_record import ScanResult
from mustela.jobs.context import JobContext
from mustela.jobs.errors import TryElsewhere
from mustela.jobs.queue import JobQueue

#: How often one process gives back a scan before it fails.
TRIES = 12
#: Seconds that it leaves scans to others after the first time; each time twice as many, to a most.
FIRST_REST, LONGEST_REST = 5.0, 60.0
#: Scans whose tries are remembered.
_REMEMBERED = 1_000


class Elsewhere:
    """What one process has given back, of one type of scans."""

    def __init__(self, queue: JobQueue) -> None:
        self._queue = queue
        self._tries: OrderedDict[str, int] = OrderedDict()

    async def offer(self, job: JobContext, path: str, result: ScanResult) -> None:
        """Leave the scan to others where these may see what is not here, as ``result`` says.

        ``path`` is the root's. Raises ``TryElsewhere``; ``RootNotSeen`` after so many tries of
        which none met the directory. Returns where what the scan answers is to be believed.
        """
        if result.distrust not in {"absent", "empty"}:
            self._tries.pop(job.id, None)
            return
        if not await self._queue.others_take(job.type, elsewhere=True):
            return
        tries = self._tries.pop(job.id, 0) + 1
        blind = f"{path} is not to be seen on {socket.gethostname()} ({result.problem})"
        if tries <= TRIES:
            self._tries[job.id] = tries
            if len(self._tries) > _REMEMBERED:
                self._tries.popitem(last=False)
            raise TryElsewhere(blind, seconds=min(FIRST_REST * 2.0 ** (tries - 1), LONGEST_REST))
        if result.distrust == "absent":
            raise RootNotSeen(
                f"{blind}, and no worker that sees it took the scan. Mount it there, or let only "
                "those workers take scans that see all roots (mustela worker --types)"
            )
