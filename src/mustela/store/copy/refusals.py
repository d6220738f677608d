"""What can stand in the way of a copy, before a row is compared."""

from __future__ import annotations

from mustela.store.maintenance_errors import MaintenanceError


class CopyRefused(MaintenanceError):
    """The copy cannot begin; nothing was written."""

    code = "copy_refused"


class SourceBehind(CopyRefused):
    """The database is not at the revisions of this version; upgrade it first.

    ``url`` is the database's, without a password.
    """

    code = "copy_source_behind"

    def __init__(self, message: str, url: str) -> None:
        super().__init__(message)
        self.url = url


class RowRefused(MaintenanceError):
    """The other engine cannot keep a row; nothing was written."""

    code = "row_refused"
