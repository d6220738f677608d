"""Copy a database to another engine, or to another file: one snapshot, proved row by row.

``copy_database("sqlite:///library.db", "postgresql://...", [STORE_BRANCH, MY_BRANCH])``. The
source may be in use meanwhile. The target ends whole and compared, or as it was before.
"""

from mustela.store.copy.comparison import Difference
from mustela.store.copy.copying import (
    Copied,
    CopyDiffers,
    Progress,
    compare_databases,
    copy_database,
)
from mustela.store.copy.refusals import CopyRefused, RowRefused

__all__ = [
    "Copied",
    "CopyDiffers",
    "CopyRefused",
    "Difference",
    "Progress",
    "RowRefused",
    "compare_databases",
    "copy_database",
]
