"""Fixtures: every engine, sync and async."""

from mustela.store.testing.fixtures import open_engine, postgres_server, postgres_url

__all__ = ["open_engine", "postgres_server", "postgres_url"]
