"""SQLAlchemy's dialect ``sqlite+apsw``, for Alembic and for reflection.

SQLAlchemy's own driver for SQLite imports the standard library's ``sqlite3``, which must never
share a process with apsw: closing a descriptor of one drops the POSIX locks of the other.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import pool, util
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.engine.url import URL

from mustela.store.sqlite import dbapi

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection, IsolationLevel


class ApswDialect(SQLiteDialect):
    """SQLite through apsw, with transactions that hold DDL too.

    ``create_engine("sqlite+apsw:////tmp/a.db", connect_args={...})``: see ``dbapi.connect``.
    """

    driver = "apsw"
    default_paramstyle = "qmark"
    supports_statement_cache = True
    returns_native_bytes = True

    @classmethod
    def import_dbapi(cls) -> Any:
        """The DBAPI layer over apsw."""
        return dbapi

    @classmethod
    def get_pool_class(cls, url: URL) -> type[pool.Pool]:
        """A file is opened and closed each time; a database in memory lives with its connection."""
        return pool.StaticPool if url.database in {None, "", ":memory:"} else pool.NullPool

    def create_connect_args(self, url: URL) -> Any:
        """The file's absolute path; what else there is to say goes into ``connect_args``."""
        name = url.database or ":memory:"
        return ([name if name == ":memory:" else str(Path(name).absolute())], {})

    def _get_server_version_info(self, connection: Any) -> tuple[int, ...]:
        return dbapi.sqlite_version_info

    def retrieve_dbapi_version(self, dbapi: Any) -> util.VersionInfo:
        """The version of SQLite: the layer has none of its own."""
        return util.VersionInfo(dbapi.sqlite_version_info)

    def get_isolation_level_values(self, dbapi_connection: Any) -> Any:
        """AUTOCOMMIT is for PRAGMAs and VACUUM."""
        return ["SERIALIZABLE", "AUTOCOMMIT"]

    def set_isolation_level(self, dbapi_connection: Any, level: IsolationLevel) -> None:
        """SQLite's transactions are serializable; the choice is whether there is one."""
        dbapi_connection.autocommit = level == "AUTOCOMMIT"

    def get_isolation_level(self, dbapi_connection: Any) -> Any:
        """What ``set_isolation_level`` set."""
        return "AUTOCOMMIT" if dbapi_connection.autocommit else "SERIALIZABLE"

    def detect_autocommit_setting(self, dbapi_conn: DBAPIConnection) -> bool:
        """Whether statements run outside of a transaction."""
        return bool(getattr(dbapi_conn, "autocommit", False))


def register() -> None:
    """Make ``sqlite+apsw://`` known where the package's entry points are not (a source tree)."""
    registry.register("sqlite.apsw", __name__, ApswDialect.__name__)
