"""The process that walks a directory tree: ``python -m mustela.files.walk_main``.

It takes a :class:`WalkOrder` from its standard input and writes :class:`WalkBatch` messages to its
standard output. It is a process of its own so that the server's event loop does not share an
interpreter with a million calls of ``stat``; it imports nothing of the store. It ends when its
standard input does, so that it never outlives its parent.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator

import msgspec

from mustela.files.directory_listing import DIRECTORY, PRODUCT, Lister
from mustela.files.path_text import decode
from mustela.files.root_directory import identity_of
from mustela.files.walk_wire import LENGTH, Counts, WalkBatch, WalkOrder

BATCH_FILES = 1000
#: Seconds after which a batch goes out however small it is, so that the parent hears of progress.
BATCH_SECONDS = 0.25


def main() -> None:
    source, sink = sys.stdin.buffer, os.dup(1)
    (size,) = LENGTH.unpack(source.read(LENGTH.size))
    order = msgspec.msgpack.decode(source.read(size), type=WalkOrder)
    threading.Thread(target=_die_with_parent, args=(source.fileno(),), daemon=True).start()
    encode = msgspec.msgpack.Encoder().encode
    try:
        for batch in walk(order):
            _send(sink, encode(batch))
    except BrokenPipeError:
        os._exit(0)  # nobody listens any more


def _die_with_parent(descriptor: int) -> None:
    os.read(descriptor, 1)
    os._exit(0)


def _send(sink: int, body: bytes) -> None:
    data = memoryview(LENGTH.pack(len(body)) + body)
    while data:
        data = data[os.write(sink, data) :]


def walk(order: WalkOrder) -> Iterator[WalkBatch]:
    """The whole walk; the last batch says so. Never raises for what is on the disk."""
    counts = Counts()
    root = decode(order.root)
    try:
        identity = identity_of(root)
        lister = Lister(root, order, counts)
        stack = [lister.entries(order.below)]
    except OSError as error:
        problem = f"{order.root} cannot be read: {error.strerror}"
        yield WalkBatch([], [], counts, last=True, problem=problem)
        return
    batch = WalkBatch([], [], counts, last=False, identity=identity)
    due = time.monotonic() + BATCH_SECONDS
    while stack:
        for path, size, mtime_ns in stack[-1]:
            if size >= 0:
                batch.files.append((path, size, mtime_ns))
                if len(batch.files) < BATCH_FILES:
                    continue
            elif size == PRODUCT:
                stamp = lister.product(path)
                if stamp is not None:
                    batch.files.append((path, stamp.size, stamp.mtime_ns))
            else:
                try:
                    stack.append(lister.entries(path))
                except OSError as error:
                    counts.unreadable_directories += 1
                    batch.blind.append((path, "list", error.strerror or str(error)))
            batch.blind += lister.take_blind()
            if len(batch.files) >= BATCH_FILES or time.monotonic() >= due:
                yield batch
                batch = WalkBatch([], [], counts, last=False)
                due = time.monotonic() + BATCH_SECONDS
            if size == DIRECTORY:
                break
        else:
            stack.pop()
    batch.blind += lister.take_blind()
    batch.last = True
    yield batch


if __name__ == "__main__":
    main()
