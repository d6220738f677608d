"""What child processes do, in this process: for tests that are about something else."""

from __future__ import annotations

import asyncio
import importlib
from typing import Any

import msgspec

from mustela.files.children import Children
from mustela.files.failure import Failure, Unreadable


class InProcess(Children):
    """Does in this process what children would do: starting one costs more than a small file."""

    async def run(self, function: str, /, *arguments: object, **options: Any) -> Any:
        module, _, name = function.partition(":")
        found = getattr(importlib.import_module(module), name)
        packed = msgspec.msgpack.encode(arguments)
        try:
            answer = await asyncio.to_thread(found, *msgspec.msgpack.decode(packed))
        except Unreadable as error:
            return error.as_failure()
        except Exception as error:  # noqa: BLE001 - where a child has its edge: it goes on
            return Failure("internal", f"{type(error).__name__}: {error}")
        return msgspec.msgpack.decode(
            msgspec.msgpack.encode(answer), type=options.get("result", Any)
        )
