"""Jobs on PostgreSQL: durable no-op jobs, against Procrastinate by itself on the same server."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.figure import Outcome, Skipped, compared
from benchmarks.options import Options
from benchmarks.rounds import Contender, contenders, rates
from mustela.store.testing.postgres import PostgresServer, PostgresUnavailable

AT_ONCE = 10
#: How long each runs in a round (s).
SECONDS = 2.0


def measure(options: Options) -> Iterator[Outcome]:
    """Jobs a second, enqueued and executed."""
    try:
        server = PostgresServer(durable=True).start()
    except PostgresUnavailable as error:
        yield Skipped("no-op jobs on PostgreSQL", str(error))
        return
    with server:
        yield from _throughput(server, options)


def _throughput(server: PostgresServer, options: Options) -> Iterator[Outcome]:
    urls = server.create_database(), server.create_database()
    measured: dict[str, list[dict[str, float]]] = {}
    with contenders(mustela_tickets=urls[:1], bare_procrastinate=urls[1:]) as started:
        ours, peer = started["mustela_tickets"], started["bare_procrastinate"]
        for number in range(options.rounds + 1):
            for who, contender in (("ours", ours), ("peer", peer)):
                for what, answer in _turn(contender).items():
                    if number:  # the first warms up
                        measured.setdefault(f"{who} {what}", []).append(answer)
    for what, target in (("enqueue", None), ("execute", 0.7)):
        yield compared(
            f"no-op jobs on PostgreSQL {what}d, ten at a time",
            rates(measured[f"ours {what}"]),
            rates(measured[f"peer {what}"]),
            "/s",
            target=target,
            peer_name="Procrastinate by itself",
        )


def _turn(contender: Contender) -> dict[str, dict[str, float]]:
    contender.turn("hold", 0, 1)
    enqueued = contender.turn("enqueue", SECONDS, AT_ONCE)
    contender.turn("fill", 0, 1)
    executed = contender.turn("execute", SECONDS, AT_ONCE)
    return {"enqueue": enqueued, "execute": executed}
