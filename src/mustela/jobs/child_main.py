"""A process that runs one function for one job: ``python -m mustela.jobs.child_main``.

What to do comes by standard input; what happens goes to what was standard output. Whatever the
function prints goes to standard error, which becomes the job's log.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback

from mustela.errors import MustelaError
from mustela.jobs.child_context import ChildContext, resolve
from mustela.jobs.child_wire import Raised, Returned, decode_work
from mustela.jobs.errors import InvalidJob
from mustela.jobs.record import storable, to_json


def main() -> None:
    """Run the function, say how it ended."""
    work = decode_work(sys.stdin.buffer.read())
    pipe = os.dup(1)
    os.dup2(2, 1)
    context = ChildContext(work, pipe)
    signal.signal(signal.SIGTERM, context.cancel)
    message = run(work.function, context)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    context.flush()
    context.send(message)


def run(function: str, context: ChildContext) -> Returned | Raised:
    """What the function returns or raises."""
    try:
        value = resolve(function)(context)
        to_json(value)
    except InvalidJob as error:
        return Raised("invalid_result", error.message)
    except MustelaError as error:
        return Raised(error.code, storable(error.message))
    except BaseException as error:  # noqa: BLE001  # the edge of a process
        for line in traceback.format_exc().splitlines():
            context.log(line, "error")
        return Raised("job_failed", storable(f"{type(error).__name__}: {error}"))
    return Returned(value)


if __name__ == "__main__":
    main()
