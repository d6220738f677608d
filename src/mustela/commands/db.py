"""``mustela db upgrade|downgrade|current|verify|backup|restore|check|copy|renew-identity``."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from mustela.app import branches, collections
from mustela.commands.db_copy import copy
from mustela.console import DONE_WITH_ERRORS, DatabaseUrl, DataDir, fail, out, say
from mustela.jobs.opening import prepare_dispatcher
from mustela.jobs.worker_operations import WorkerRepository
from mustela.settings import Settings
from mustela.store import Store, migrate, new_id
from mustela.store.backup import backup as make_backup
from mustela.store.backup import restore as restore_backup
from mustela.store.branch import Branch
from mustela.store.lock import DataDirectoryLock
from mustela.store.migrations.connections import driver_url
from mustela.store.migrations.verify import verify as verify_migrations
from mustela.store.renewal import IdentityRepository
from mustela.store.sqlite.file import check as check_file
from mustela.store.upgrade import prepare

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, add_completion=False, help="The database itself."
)
app.command()(copy)


@app.command()
def upgrade(data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Bring the database to the newest revision, after a checked backup."""
    settings = Settings.load(data_dir=data_dir, database_url=database_url)
    done = prepare(settings.database_url, _branches(), settings.data_dir, command="db upgrade")
    try:
        prepare_dispatcher(settings.database_url)
    finally:
        done.lock.release()
    if done.backup is not None:
        say(f"the old database was saved as {done.backup}")
    say("created" if done.created else "upgraded" if done.upgraded else "nothing to do")


@app.command()
def downgrade(
    revision: Annotated[str, typer.Argument(help="As in video@base, store_0001, base.")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Take revisions back, after a checked backup."""
    settings = Settings.load(data_dir=data_dir, database_url=database_url)
    with DataDirectoryLock(settings.data_dir, "db downgrade").held("exclusive"):
        if (file := _file(settings)) is not None:
            say(f"the database was saved as {make_backup(file, _backups(settings))}")
        migrate.downgrade(settings.database_url, _branches(), revision)
    say(f"taken back to {revision}")


@app.command()
def current(data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Print the revision of each branch, and what this version would bring it to."""
    settings = Settings.load(data_dir=data_dir, database_url=database_url)
    heads = dict(migrate.heads(_branches()))
    for branch, revision in migrate.current(settings.database_url):
        newest = heads.get(branch)
        note = "" if newest in {None, revision} else f" (newest: {newest})"
        out().print(f"{branch}: {revision}{note}")


@app.command()
def verify(database_url: DatabaseUrl = None) -> None:
    """Prove the migrations on a scratch database: up, down, up again, with rows in every table.

    Without --database-url on SQLite in a temporary directory; else in a scratch database beside
    the one that is named.
    """
    with tempfile.TemporaryDirectory(prefix="mustela-verify-") as directory:
        target = database_url or f"sqlite:///{directory}/verify.db"
        done = verify_migrations(target, _branches())
    for revision in done.revisions:
        out().print(f"{revision}: up, down and up again")
    for revision, reason in done.lossy.items():
        out().print(f"{revision} loses data when taken back: {reason}")
    say(f"{len(done.revisions)} revisions and {len(done.tables)} tables hold on {done.engine}")


@app.command()
def backup(
    to: Annotated[Path | None, typer.Argument(help="A directory for the backup.")] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Save the database, while it is in use, and check what was saved."""
    settings = Settings.load(data_dir=data_dir, database_url=database_url)
    file = _sqlite_file(settings)
    out().print(str(make_backup(file, to or _backups(settings))))


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A backup.")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Put a backup in the place of the database, which is put aside. Stop the server first."""
    settings = Settings.load(data_dir=data_dir, database_url=database_url)
    if not file.is_file():
        fail(f"there is no file {file}")
    database = _sqlite_file(settings)
    lock = DataDirectoryLock(settings.data_dir, "db restore")
    with lock.held("exclusive"):
        aside = restore_backup(file, database, lock)
    say(f"{file} is the database now" + (f"; the one before is {aside}" if aside else ""))


@app.command()
def check(data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Look for damage in the database file."""
    settings = Settings.load(data_dir=data_dir, database_url=database_url)
    found = check_file(_sqlite_file(settings))
    for problem in found.problems:
        out().print(problem)
    if found.problems:
        fail(f"{len(found.problems)} problem(s) found; restore a backup", DONE_WITH_ERRORS)
    say("no damage found")


@app.command()
def renew_identity(data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Make old answers in caches unusable, after PostgreSQL has lost its newest transactions.

    That is after a failover to a standby that had not got them, and after pg_restore. Stop servers
    and workers first; `mustela db restore` and `mustela db copy` do this by themselves.
    """
    settings = Settings.load(data_dir=data_dir, database_url=database_url)
    if not migrate.current(settings.database_url):
        fail("there is no catalog in this database yet; `mustela db upgrade` makes one")
    with (
        DataDirectoryLock(settings.data_dir, "db renew-identity").held("exclusive"),
        Store.open(settings.database_url) as store,
    ):
        if _file(settings) is None:
            _refuse_those_at_work(store)
        identity = new_id()
        before = IdentityRepository(store).renew(identity)
    say(f"the database is {identity} now; it was {before or 'without an id'}")


def _refuse_those_at_work(store: Store) -> None:
    """On other machines: they know the database by its old id, and would go on with it."""
    if living := WorkerRepository(store).live():
        names = ", ".join(sorted({f"{one.command} on {one.host}" for one in living}))
        fail(
            f"{len(living)} process(es) use the database: {names}. Stop them; one that died "
            "counts for 30 s after its last word"
        )


def _branches() -> list[Branch]:
    return branches(collections())


def _backups(settings: Settings) -> Path:
    return settings.data_dir / "backups"


def _file(settings: Settings) -> Path | None:
    url = driver_url(settings.database_url)
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def _sqlite_file(settings: Settings) -> Path:
    file = _file(settings)
    if file is None:
        fail("this is for SQLite; PostgreSQL has pg_dump and pg_restore")
    if not file.exists():
        fail(f"there is no database at {file} yet")
    return file
