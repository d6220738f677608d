"""PostgreSQL for the tests: a server for the session, a fresh database for each test."""

from mustela.store.testing.fixtures import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]
