"""What can stand in the way of migrating, backing up, restoring and locking a database."""

from __future__ import annotations

from collections.abc import Sequence

from mustela.errors import MustelaError


class MaintenanceError(MustelaError):
    """The database could not be maintained."""

    code = "maintenance_error"


class DatabaseTooNew(MaintenanceError):
    """The database was written by a newer version of Mustela; nothing was changed."""

    code = "database_too_new"


class ForeignDatabase(MaintenanceError):
    """The database belongs to another program; nothing was changed."""

    code = "foreign_database"


class BranchNotInstalled(MaintenanceError):
    """The step needs a part of the schema whose package is not installed."""

    code = "branch_not_installed"


class MigrationFailed(MaintenanceError):
    """A migration failed; the database is as it was before."""

    code = "migration_failed"


class VerificationFailed(MaintenanceError):
    """The migrations are not sound.

    ``problems`` lists each finding as a sentence of its own.
    """

    code = "verification_failed"

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("The migrations are not sound:\n" + "\n".join(f"- {p}" for p in problems))
        self.problems = tuple(problems)


class BackupFailed(MaintenanceError):
    """The backup could not be written, or did not pass its check; it was removed."""

    code = "backup_failed"


class NoRoomForBackup(BackupFailed):
    """There is not enough free space for a backup; nothing was changed."""

    code = "no_room_for_backup"


class RestoreFailed(MaintenanceError):
    """The backup cannot be restored; the database was left as it is."""

    code = "restore_failed"


class DatabaseNotFound(MaintenanceError):
    """There is no database file at this path."""

    code = "database_not_found"


class NetworkFileSystem(MaintenanceError):
    """The database is on a network file system, whose locks SQLite cannot rely on."""

    code = "network_file_system"


class DataDirectoryLocked(MaintenanceError):
    """The data directory is in use by another process."""

    code = "data_directory_locked"


class DataDirectoryUnusable(MaintenanceError):
    """The data directory cannot be made or written."""

    code = "data_directory_unusable"


class NotSupported(MaintenanceError):
    """This engine has tools of its own for that."""

    code = "not_supported_by_engine"
