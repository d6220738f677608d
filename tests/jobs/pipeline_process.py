"""A pipeline of the tests: ``python -m tests.jobs.pipeline_process DATABASE RUN_ID``.

Opens a run, reports in, and works until it is killed.
"""

from __future__ import annotations

import sys
import time

from mustela.jobs import JobRepository
from mustela.store import Store


def main(database: str, id: str) -> None:
    """It says ``begun`` once the run is open."""
    with (
        Store.open(database) as store,
        JobRepository(store).external_run("imaging", id=id, heartbeat=0.01) as run,
    ):
        run.progress(1, 10)
        print("begun", flush=True)  # noqa: T201  # the test waits for it
        while True:
            run.check()
            time.sleep(0.01)


if __name__ == "__main__":
    main(*sys.argv[1:])
