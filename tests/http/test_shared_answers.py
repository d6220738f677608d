"""The shared cache as one server process sees it: never needed, never believed, never an error."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mustela.http.breaker import FAILURES, Breaker
from mustela.http.shared_answers import (
    LARGEST,
    LIFETIME,
    WORTH,
    CacheUnavailable,
    Found,
    SharedAnswers,
    open_client,
    packed,
    unpacked,
)
from tests.http.fake_redis import MODES, FakeRedis, Mode, fake_redis

ETAG, OTHER = '"0123abcd"', '"4567ef01"'
DATABASE = "01a1fc11-2939-7d68-9be2-b5fd4c640005"
ANSWER = Found("application/json", b'{"items": []}')
#: Names a server that is there already; its database 15 is emptied.
URL_VARIABLE = "MUSTELA_TEST_REDIS_URL"
#: As long as a slow machine may take; nobody waits for it where all is well.
PATIENT = 30.0


@pytest.fixture
async def fake() -> AsyncIterator[FakeRedis]:
    async with fake_redis() as server:
        yield server


@pytest.fixture
async def shared(fake: FakeRedis) -> AsyncIterator[SharedAnswers]:
    answers = SharedAnswers(open_client(fake.url), time_limit=PATIENT)
    yield answers
    await answers.close()


def is_well(shared: SharedAnswers) -> bool:
    return shared.problem is None and shared.asked


# ------------------------------------------------------------------------------- on a real server


def _find_server() -> str | None:
    return shutil.which("redis-server") or shutil.which("valkey-server")


@pytest.fixture
async def real_url(tmp_path: Path) -> AsyncIterator[str]:
    """A Redis or Valkey: the one that is named, else one that is started here."""
    if url := os.environ.get(URL_VARIABLE):
        yield url
        return
    program = _find_server()
    if program is None:
        pytest.skip(f"needs redis-server or valkey-server, or {URL_VARIABLE}")
    path = tmp_path / "redis"
    server = subprocess.Popen(
        [program, "--port", "0", "--unixsocket", str(path), "--save", "", "--dir", str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        for line in server.stdout:
            if "eady to accept connections" in line:
                break
        yield f"unix://{path}"
    finally:
        server.terminate()
        server.communicate()


async def test_a_real_server_keeps_answers_for_a_while(real_url: str) -> None:
    client = open_client(real_url)
    mine, yours = (SharedAnswers(client, time_limit=PATIENT) for _ in range(2))
    assert await yours.check() < PATIENT
    assert await yours.find(ETAG, DATABASE) is None
    mine.hand_over(ETAG, DATABASE, ANSWER)
    await mine.settled()
    assert await yours.find(ETAG, DATABASE) == ANSWER
    assert await yours.find(OTHER, DATABASE) is None
    assert await yours.find(ETAG, "another database") is None
    assert (yours.figures.hits, yours.figures.misses, yours.figures.errors) == (1, 2, 1)
    assert (mine.figures.stored, mine.figures.not_stored) == (1, 0)
    left = await client.ttl("mustela:answer:1:0123abcd")  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue]
    assert LIFETIME - 60 < left <= LIFETIME
    await client.delete("mustela:answer:1:0123abcd")  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue]
    await mine.close()


# ------------------------------------------------------------------------------ as it should be


async def test_what_one_server_hands_over_another_one_finds(fake: FakeRedis) -> None:
    mine = SharedAnswers(open_client(fake.url), time_limit=PATIENT)
    yours = SharedAnswers(open_client(fake.url), time_limit=PATIENT)
    mine.hand_over(ETAG, DATABASE, ANSWER)
    await mine.settled()
    assert await yours.find(ETAG, DATABASE) == ANSWER
    assert await yours.find(OTHER, DATABASE) is None
    assert list(fake.lifetimes.values()) == [LIFETIME]
    assert yours.problem is None
    await mine.close()
    await yours.close()


async def test_bodies_of_any_bytes_come_back_as_they_were(
    shared: SharedAnswers,
) -> None:
    for body in (b"", b"\r\n", bytes(range(256)) * 100, b"x" * LARGEST):
        shared.hand_over(ETAG, DATABASE, Found("text/csv", body))
        await shared.settled()
        assert await shared.find(ETAG, DATABASE) == Found("text/csv", body)


async def test_what_is_too_large_is_not_handed_over(fake: FakeRedis, shared: SharedAnswers) -> None:
    shared.hand_over(ETAG, DATABASE, Found("text/csv", b"x" * (LARGEST + 1)))
    await shared.settled()
    assert (fake.kept, shared.figures.not_stored) == ({}, 1)


async def test_no_more_than_a_few_wait_to_be_handed_over(
    fake: FakeRedis, shared: SharedAnswers
) -> None:
    fake.mode = "hangs"
    for number in range(100):
        shared.hand_over(f'"{number}"', DATABASE, ANSWER)
    assert shared.figures.not_stored == 84


async def test_no_more_than_a_few_ask_at_once_and_the_others_do_without(
    fake: FakeRedis, shared: SharedAnswers
) -> None:
    fake.mode = "hangs"
    asking = [asyncio.ensure_future(shared.find(ETAG, DATABASE)) for _ in range(16)]
    await asyncio.sleep(0)
    assert await shared.find(ETAG, DATABASE) is None  # at once
    for task in asking:
        task.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    fake.mode = "well"
    fake.kept.clear()
    shared.hand_over(ETAG, DATABASE, ANSWER)
    await shared.settled()
    assert await shared.find(ETAG, DATABASE) == ANSWER


# ------------------------------------------------------------------------------- what is believed


def test_an_answer_is_good_only_for_its_tag_and_its_database() -> None:
    value = packed(ANSWER, ETAG, DATABASE)
    assert unpacked(value, ETAG, DATABASE) == ANSWER
    assert unpacked(value, OTHER, DATABASE) is None
    assert unpacked(value, ETAG, "another database") is None


@pytest.mark.parametrize("kind", ["bytes", "cut", "grown"])
def test_an_answer_that_was_changed_anywhere_is_no_answer(kind: str) -> None:
    value = packed(ANSWER, ETAG, DATABASE)
    for at in range(len(value)):
        changed = {
            "bytes": value[:at] + bytes([value[at] ^ 1]) + value[at + 1 :],
            "cut": value[:at],
            "grown": value[:at] + b"\0" + value[at:],
        }[kind]
        assert unpacked(changed, ETAG, DATABASE) is None


@pytest.mark.parametrize("value", [None, 42, "text", [], b"", b"short"])
def test_what_is_no_kept_answer_is_no_answer(value: object) -> None:
    assert unpacked(value, ETAG, DATABASE) is None


# --------------------------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode not in {"well", "no_memory"}])
async def test_a_server_that_misbehaves_is_a_miss_and_after_a_while_not_asked(
    fake: FakeRedis, mode: Mode
) -> None:
    now = 0.0
    shared = SharedAnswers(open_client(fake.url), breaker=Breaker(lambda: now), time_limit=PATIENT)
    for etag in (ETAG, OTHER):
        shared.hand_over(etag, DATABASE, ANSWER)
    await shared.settled()
    await shared.close()
    shared = SharedAnswers(
        open_client(fake.url),
        breaker=Breaker(lambda: now),
        time_limit=0.05 if mode in {"hangs", "endless", "nested"} else PATIENT,
    )
    fake.mode = mode
    for _ in range(FAILURES):
        assert await shared.find(ETAG, DATABASE) is None
    assert shared.figures.errors == FAILURES
    assert shared.problem
    assert not shared.asked

    asked = len(fake.asked)
    for _ in range(100):
        assert await shared.find(ETAG, DATABASE) is None
        shared.hand_over(ETAG, DATABASE, ANSWER)
    await shared.settled()
    assert len(fake.asked) == asked  # it is left alone
    with pytest.raises(OSError, match=r"."):
        await shared.check()

    fake.mode, now = "well", 1000.0
    assert await shared.find(ETAG, DATABASE) == ANSWER
    assert is_well(shared)
    await shared.close()


async def test_a_server_that_is_full_still_answers(fake: FakeRedis, shared: SharedAnswers) -> None:
    shared.hand_over(ETAG, DATABASE, ANSWER)
    await shared.settled()
    fake.mode = "no_memory"
    shared.hand_over(OTHER, DATABASE, ANSWER)
    await shared.settled()
    assert (shared.figures.stored, shared.figures.not_stored) == (1, 1)
    assert "OOM" in (shared.problem or "") or "not allowed" in (shared.problem or "")
    assert await shared.find(ETAG, DATABASE) == ANSWER


async def test_a_server_that_is_not_there_is_a_miss() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    shared = SharedAnswers(open_client(f"redis://127.0.0.1:{port}"), time_limit=PATIENT)
    for _ in range(FAILURES + 1):
        assert await shared.find(ETAG, DATABASE) is None
    shared.hand_over(ETAG, DATABASE, ANSWER)
    await shared.settled()
    assert shared.figures.errors == FAILURES
    await shared.close()


async def test_a_question_that_is_cancelled_leaves_no_answer_for_the_next(
    fake: FakeRedis, shared: SharedAnswers
) -> None:
    for etag in (ETAG, OTHER):
        shared.hand_over(etag, DATABASE, Found("text/plain", etag.encode()))
    await shared.settled()
    for _ in range(50):
        asking = asyncio.ensure_future(shared.find(ETAG, DATABASE))
        while not fake.questions(b"GET"):
            await asyncio.sleep(0)
        fake.asked.clear()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert await shared.find(OTHER, DATABASE) == Found("text/plain", OTHER.encode())
        fake.asked.clear()


async def test_failing_is_said_once(
    fake: FakeRedis, shared: SharedAnswers, caplog: pytest.LogCaptureFixture
) -> None:
    fake.mode = "error"
    with caplog.at_level(logging.WARNING, "mustela.http"):
        for _ in range(FAILURES):
            await shared.find(ETAG, DATABASE)
    (said,) = caplog.messages
    assert "done without" in said
    assert "loading" in said.lower()


# -------------------------------------------------------------------------------- what is worth it


def test_a_route_is_asked_for_until_it_turns_out_to_be_fast() -> None:
    shared = SharedAnswers(open_client("redis://127.0.0.1:1"))
    assert shared.worth_asking("/videos")
    assert not shared.took("/videos", WORTH / 10)
    assert not shared.worth_asking("/videos")
    assert shared.worth_asking("/images")
    slow = [shared.took("/videos", 10 * WORTH) for _ in range(3)]
    assert slow == [True, True, True]
    assert shared.worth_asking("/videos")


def test_without_the_library_the_setting_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['redis.asyncio'] = None\n"
        "from mustela.http.shared_answers import CacheUnavailable, open_client\n"
        "try: open_client('redis://localhost')\n"
        "except CacheUnavailable as error: print(error.message)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == (
        "cache_url needs a library that is not installed: pip install 'mustela[redis]'\n"
    )
    assert CacheUnavailable.code == "cache_unavailable"
