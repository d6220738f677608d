"""What can stand in the way of a copy, before a row is compared."""

from __future__ import annotations

from mustela.store.maintenance_errors import MaintenanceError


class CopyRefused(MaintenanceError):
    """The copy cannot begin; nothing was written."""

    code = "copy_refused"


class SourceBehind(CopyRefused):
    """The database is not at the revisions of this version; upgrade it first."""

    code = "copy_source_behind"


class RowRefused(MaintenanceError):
    """The other engine cannot keep a row; nothing was written."""

    code = "row_refused"
