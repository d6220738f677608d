"""What a handler says, on its way out."""

from __future__ import annotations

from typing import Any

import pytest

from mustela.jobs import JobContext, JobRepository, Progress, jobs_metadata, new_job
from mustela.store import Store


@pytest.fixture
def context(monkeypatch: pytest.MonkeyPatch) -> JobContext:
    monkeypatch.setattr("mustela.jobs.context._WAITING_LINES", 3)
    with Store.memory(jobs_metadata) as store:
        jobs = JobRepository(store)
        jobs.submit(new_job("scan"))
        (job,) = jobs.claim("me", {"scan": 1}, 1).jobs
    said: list[Any] = []
    return JobContext(job, clock=lambda: 7, reported=said.append)


def test_a_report_given_back_comes_again_before_what_was_said_since(context: JobContext) -> None:
    context.progress(1, 2)
    context.log("one")
    report = context.take_report()
    assert context.take_report().progress is None
    context.log("two")
    context.give_back(report)
    again = context.take_report()
    assert [line.text for line in again.lines] == ["one", "two"]
    assert again.progress is not None
    assert (again.progress.done, again.progress.total) == (1, 2)


def test_while_nothing_can_be_written_the_oldest_lines_are_let_go(context: JobContext) -> None:
    for n in range(5):
        context.log(str(n))
    report = context.take_report()
    assert [line.text for line in report.lines] == ["2", "3", "4"]
    for text in ("5", "6", "7"):
        context.log(text)
    context.give_back(report)
    assert [line.text for line in context.take_report().lines] == ["5", "6", "7"]


class Whole:
    """What numpy's whole numbers are."""

    def __index__(self) -> int:
        return 3


def test_progress_that_cannot_be_kept_is_refused_where_it_is_said(context: JobContext) -> None:
    context.progress(Whole(), Whole())
    for part, error in ((1.5, TypeError), ("2", TypeError), (2**63, ValueError)):
        with pytest.raises(error):
            context.progress(part)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        with pytest.raises(error):
            context.progress(4, part)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    report = context.take_report()
    assert report.progress is not None
    assert (type(report.progress.done), report.progress.done, report.progress.total) == (int, 3, 3)


def test_a_line_is_text_and_cut_before_it_waits(context: JobContext) -> None:
    context.log(KeyError("a"))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    context.log("x" * 10_000)
    assert [len(line.text) for line in context.take_report().lines] == [3, 4000]
    with pytest.raises(ValueError, match="debug, info, warning, error"):
        context.log("x", "fatal")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_a_rate_is_taken_over_the_last_while(
    context: JobContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr("mustela.jobs.context.time.monotonic", lambda: now)
    for second in range(61):
        now = 100.0 + second
        context.progress(second * 10 if second < 40 else 400 + (second - 40) * 2)
    assert context.current_progress.rate is not None
    assert context.current_progress.rate < 6
    context.progress(0)
    assert context.current_progress.rate is None


def test_time_that_is_left_follows_from_the_rate() -> None:
    assert Progress(10, 30, 2.0).eta_seconds == 10
    assert Progress(10, None, 2.0).eta_seconds is None
    assert Progress(10, 30, None).eta_seconds is None
