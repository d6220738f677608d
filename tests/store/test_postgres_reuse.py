"""Databases of PostgreSQL that tests use in turn."""

from __future__ import annotations

import pytest

from mustela.store import Store
from mustela.store.testing.postgres import PostgresServer
from tests.store.toys import Toy, Toys, toy_metadata

psycopg = pytest.importorskip("psycopg", reason="pip install 'mustela[postgres]'")

reuse = pytest.importorskip("mustela.store.testing.postgres_reuse")

pytestmark = pytest.mark.postgres


def create(url: str) -> None:
    Store.open(url, create=[toy_metadata]).close()


def test_what_a_test_wrote_is_gone_and_a_changed_schema_is_not_used_again(
    postgres_server: PostgresServer,
) -> None:
    databases = reuse.ReusedDatabases(postgres_server)
    first = databases.take([toy_metadata], create)
    with Store.open(first) as store:
        toys = Toys(store)
        before = toys.label()
        toys.add(Toy("car", "box/car"))
    databases.give_back(first)
    again = databases.take([toy_metadata], create)
    assert again == first
    with Store.open(again) as store:
        toys = Toys(store)
        assert (toys.count(), toys.newest(), toys.events(), toys.label()) == (0, [], [], before)
        assert toys.add(Toy("car", "box/car")) == Toy("car", "box/car")
    with psycopg.connect(again, autocommit=True) as connection:
        connection.execute("CREATE TABLE more (a integer)")
    databases.give_back(again)
    other = databases.take([toy_metadata], create)
    assert other != first
    databases.give_back(other)
    databases.close()
