"""How each step of a unit is done: what is asked, and how its value follows from the answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from mustela.store.kept_records import KeptRecords
from mustela.store.operation import Call
from mustela.store.postgres.copy import Copy, copy_of
from mustela.store.postgres.link import Request
from mustela.store.postgres.steps import DIALECT, positional, request
from mustela.store.statement import Statement
from mustela.store.topics import STATE, Change, label, pending
from mustela.store.unit import (
    Batch,
    Changed,
    Count,
    Current,
    Kept,
    Many,
    Query,
    Step,
    Token,
    Total,
)


class Plan(NamedTuple):
    """What a step asks of the server, and how its value follows from the answers."""

    requests: list[Request]
    value: Callable[[list[Any]], Any]
    copy: Copy | None = None


def first(answers: list[Any]) -> Any:
    return answers[0]


def plan(step: Step[Any], call: Call, changes: list[Change], kept: KeptRecords) -> Plan:
    """How a step is done; one without requests, and without rows to copy, needs no server."""
    kind = type(step)
    if isinstance(step, Query):
        return Plan([request(step.statement, step.parameters)], first)
    if isinstance(step, Count):
        return Plan([request(step.statement, step.parameters, "number")], first)
    if isinstance(step, Many):
        return _many(step)
    if isinstance(step, Changed):
        context = call.context
        changes.append(Change(step.topic, step.key, step.delta, context.change_id, context.now))
        return Plan([], _nothing)
    if isinstance(step, Current):
        return Plan([], lambda _: call.context)
    if isinstance(step, Kept):
        return Plan([], lambda _: kept)
    if isinstance(step, Total):
        topic = step.topic
        return Plan(
            [request(STATE, {"topic": topic})],
            lambda answers: int(answers[0][0][1]) + pending(changes, topic),
        )
    if isinstance(step, Token):
        names = step.topics
        return Plan(
            [request(STATE, {"topic": name}) for name in names],
            lambda answers: ".".join(
                label(int(rows[0][0]), changes, name)
                for rows, name in zip(answers, names, strict=True)
            ),
        )
    if isinstance(step, Batch):
        return _batch([_part(one, call, changes, kept) for one in step.steps])
    raise TypeError(f"a unit yielded a {kind.__name__}; it may only yield steps")


def _many(step: Many) -> Plan:
    rows = list(step.rows)
    sql, literals = step.statement.compiled(DIALECT)
    copy = None if literals else copy_of(*positional(sql), rows)
    if copy is not None:
        return Plan([], _nothing, copy)
    return _one_by_one(step.statement, rows)


def _one_by_one(statement: Statement, rows: Iterable[Mapping[str, Any]]) -> Plan:
    return Plan([request(statement, row, "number") for row in rows], _nothing)


def _nothing(_: list[Any]) -> None:
    return None


def _part(step: Step[Any], call: Call, changes: list[Change], kept: KeptRecords) -> Plan:
    """A step of a batch, which is one round trip: rows are not copied."""
    if isinstance(step, Many):
        return _one_by_one(step.statement, step.rows)
    return plan(step, call, changes, kept)


def _batch(plans: list[Plan]) -> Plan:
    def value(answers: list[Any]) -> list[Any]:
        values: list[Any] = []
        at = 0
        for one in plans:
            count = len(one.requests)
            values.append(one.value(answers[at : at + count]))
            at += count
        return values

    return Plan([asked for one in plans for asked in one.requests], value)
