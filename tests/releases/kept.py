"""The databases of releases, kept as text: what each engine held, and what it answered then."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw
import psycopg

from mustela.store.branch import Branch
from tests.store.branches import ToyBranch

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Release:
    """One directory: for each engine the statements (``.sql``) and the answers (``.json``)."""

    name: str

    @property
    def directory(self) -> Path:
        """Where its files are."""
        return HERE / self.name

    def answers(self, url: str) -> dict[str, Any]:
        """What the repositories said of the database of this engine."""
        engine = url.partition(":")[0]
        found: dict[str, Any] = json.loads((self.directory / f"{engine}.json").read_text())
        return found

    def load(self, url: str) -> None:
        """Run the statements in a database that is empty, or (SQLite) not there yet."""
        if url.startswith("sqlite:///"):
            connection = apsw.Connection(url.removeprefix("sqlite:///"))
            connection.execute((self.directory / "sqlite.sql").read_text())
            connection.close()
            return
        with psycopg.connect(url) as server:
            server.execute((self.directory / "postgresql.sql").read_bytes())


def releases() -> list[Release]:
    """All that are kept, oldest first."""
    return sorted(
        (Release(path.name) for path in HERE.iterdir() if (path / "sqlite.json").exists()),
        key=lambda one: [int(part) for part in one.name.split(".")],
    )


def cut(branch: Branch, revisions: set[str], directory: Path) -> ToyBranch:
    """A branch as an installation has it that knows only these revisions."""
    directory = directory / branch.name
    directory.mkdir(parents=True)
    for path in branch.versions.iterdir():
        if any(path.name.startswith(f"{revision}_") for revision in revisions):
            shutil.copy(path, directory)
    return ToyBranch(branch.name, "", branch.metadata, directory)
