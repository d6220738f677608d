"""Stands between a job and the program it has started: ``child_guard.py CONTROL COMMAND...``.

It leads the program's process group. When the program has ended it says how, and ends what is
left of the group; when its parent says so, or is gone, it ends the whole group. So a program dies
with whoever started it, however that one dies, and so does what the program has started itself.

It runs without site packages, to start within milliseconds, and must import nothing else.
"""

import os
import signal
import sys
import threading

TERMINATE = b"t"


def main() -> None:
    """Start the program, see to its end."""
    control, command = int(sys.argv[1]), sys.argv[2:]
    os.set_inheritable(control, False)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it is for the others of the group
    defaults = [signal.SIGTERM, signal.SIGPIPE, signal.SIGXFSZ]
    try:
        program = os.posix_spawnp(command[0], command, os.environ, setsigdef=defaults)
    except OSError as error:
        os.write(control, b"!%d\n" % (error.errno or 0))
        return
    os.write(control, b"+\n")
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):  # so that pipes end with the program
        os.dup2(nothing, descriptor)
    threading.Thread(target=obey, args=(control,), daemon=True).start()
    _, status = os.waitpid(program, 0)
    try:
        os.write(control, b"%d\n" % os.waitstatus_to_exitcode(status))
    finally:
        os.killpg(0, signal.SIGKILL)


def obey(control: int) -> None:
    """Do what the parent says, until it is gone."""
    try:
        while os.read(control, 1) == TERMINATE:
            os.killpg(0, signal.SIGTERM)
    finally:
        os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
