"""No suite leaves an engine out unless it says why."""

from __future__ import annotations

from pathlib import Path

TESTS = Path(__file__).parent.parent

#: Suites that hold for SQLite alone, and where PostgreSQL is held to the same.
WITHOUT_POSTGRESQL = {
    "http/test_never_stale.py": "copies and restores files; tests/http/test_postgres_servers.py",
    "store/test_suites_engines.py": "this one",
}
#: What a suite is recognised by: a state machine, a contract over engines, the shared fixtures.
MARKS = ("RuleBasedStateMachine", "ENGINES", "harness_url", "open_engine", "OpenHarness")
#: What says that it runs on PostgreSQL, too.
ENGINES = ("postgresql", "open_engine", "OpenHarness", "product(ENGINES", "(ENGINES")


def test_every_suite_over_engines_runs_on_postgresql_too() -> None:
    suites = {
        str(path.relative_to(TESTS)): text
        for path in TESTS.rglob("test_*.py")
        if any(mark in (text := path.read_text(encoding="utf-8")) for mark in MARKS)
    }
    assert len(suites) > 10
    without = {
        name for name, text in suites.items() if not any(engine in text for engine in ENGINES)
    }
    assert without - set(WITHOUT_POSTGRESQL) == set()
    assert set(WITHOUT_POSTGRESQL) <= set(suites)
