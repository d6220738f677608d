"""Reading files with our children, against an ``ffprobe`` process for each; two at a time."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Outcome, Skipped, compared
from benchmarks.options import Options
from mustela.files.children import Children, Failure
from mustela.video.probed import Probe
from mustela.video.samples import make_samples

AT_ONCE = 2
_FFPROBE = ("ffprobe", "-v", "error", "-show_format", "-show_streams", "-of", "json")
#: Footage of many kinds, where it is kept beside the project.
_SHARED = Path(__file__).parents[2] / "shared" / "data" / "video"


def measure(options: Options) -> Iterator[Outcome]:
    if shutil.which("ffprobe") is None:
        yield Skipped("probing", "ffprobe is not installed (Debian and Ubuntu: apt install ffmpeg)")
        return
    ours, peer, files = asyncio.run(_measure(_files(options), 3 if options.quick else 9))
    yield compared(
        f"probing {files} files, files a second",
        [files / seconds for seconds in ours],
        [files / seconds for seconds in peer],
        "/s",
        target=25,
        peer_name="an ffprobe process for each file",
    )


def _files(options: Options) -> list[Path]:
    if _SHARED.is_dir():
        return sorted(path for path in _SHARED.iterdir() if path.is_file())
    samples = options.directory / "samples"
    if not samples.exists():
        make_samples(str(samples))
    return sorted(path for path in samples.iterdir() if path.is_file())


async def _measure(paths: list[Path], rounds: int) -> tuple[list[float], list[float], int]:
    """Seconds for all files, by round, of those that both can read."""
    ours, peer = [], []
    async with Children(size=AT_ONCE) as children:
        read = [path for path in paths if await _ours(children, path) and await _ffprobe(path)]
        for _ in range(rounds):
            start = time.perf_counter()
            await asyncio.gather(*(_ours(children, path) for path in read))
            ours.append(time.perf_counter() - start)
            start = time.perf_counter()
            await _two_at_a_time(read)
            peer.append(time.perf_counter() - start)
    return ours, peer, len(read)


async def _ours(children: Children, path: Path) -> bool:
    found = await children.run("mustela.video.probe:probe", os.fsencode(path), result=Probe)
    return not isinstance(found, Failure)


async def _two_at_a_time(paths: list[Path]) -> None:
    waiting = iter(paths)

    async def worker() -> None:
        for path in waiting:
            await _ffprobe(path)

    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))


async def _ffprobe(path: Path) -> bool:
    process = await asyncio.create_subprocess_exec(
        *_FFPROBE,
        f"file:{path}",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    await process.communicate()
    return process.returncode == 0
