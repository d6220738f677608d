"""``python -m benchmarks [NAME...]``: measure, and print what each target got.

The exit status is 0 whatever was found: a noisy machine is no failure. ``--strict`` makes it 1
where a target was missed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from benchmarks import (
    events,
    http_routes,
    jobs,
    postgres_jobs,
    postgres_reads,
    probing,
    radio_association,
    radio_cone,
    radio_http,
    radio_ingest,
    rescan,
    store_latency,
    store_reads,
    store_writes,
)
from benchmarks.figure import Figure, Outcome, show
from benchmarks.options import Options

BENCHMARKS: dict[str, Callable[[Options], Iterator[Outcome]]] = {
    "store_reads": store_reads.measure,
    "store_writes": store_writes.measure,
    "store_latency": store_latency.measure,
    "postgres_reads": postgres_reads.measure,
    "jobs": jobs.measure,
    "postgres_jobs": postgres_jobs.measure,
    "http_routes": http_routes.measure,
    "http_servers": http_routes.measure_servers,
    "events": events.measure,
    "probing": probing.measure,
    "rescan": rescan.measure,
    "radio_cone": radio_cone.measure,
    "radio_association": radio_association.measure,
    "radio_ingest": radio_ingest.measure,
    "radio_http": radio_http.measure,
    "radio_soak": radio_http.measure_soak,
}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--quick", action="store_true", help="few rounds: a glance, no figure")
    parser.add_argument("--long", action="store_true", help="add what takes many minutes")
    parser.add_argument(
        "--data", type=Path, help="keep databases and trees here, for the next run and on its disk"
    )
    parser.add_argument("--videos", type=int, default=100_000, help="how many (100,000)")
    parser.add_argument("--images", type=int, default=100_000, help="how many (100,000)")
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    parser.add_argument("--strict", action="store_true", help="exit 1 where a target was missed")
    found = parser.parse_args()
    for name in found.names:
        if name not in BENCHMARKS:
            parser.error(f"there is no benchmark {name!r}; choose from {', '.join(BENCHMARKS)}")
    return found


def main() -> int:
    arguments = _arguments()
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory(prefix="mustela-bench-") as temporary:
        directory = (arguments.data or Path(temporary)).absolute()
        directory.mkdir(parents=True, exist_ok=True)
        options = Options(
            directory, arguments.quick, arguments.long, arguments.videos, images=arguments.images
        )
        for name in arguments.names or BENCHMARKS:
            print(f"{name} ...", file=sys.stderr, flush=True)
            found = list(BENCHMARKS[name](options))
            show(found)
            outcomes += found
    if arguments.json:
        arguments.json.write_bytes(msgspec.json.format(msgspec.json.encode(outcomes)))
    missed = [one for one in outcomes if isinstance(one, Figure) and one.met is False]
    return 1 if missed and arguments.strict else 0


if __name__ == "__main__":
    sys.exit(main())
