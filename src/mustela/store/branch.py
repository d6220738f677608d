"""A branch of migrations: what one package adds to the schema, and how it came to be."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from sqlalchemy import MetaData

from mustela.store.schema import store_metadata


@dataclass(frozen=True)
class Branch:
    """``Branch("jobs", "mustela.jobs.migrations", jobs_metadata)``.

    ``package`` holds the revision files. The first of them sets ``branch_labels = (name,)`` and
    names in ``depends_on`` the revisions of other branches that it builds on; ids begin with the
    branch's name. ``metadata`` is the schema at the head of the branch.
    """

    name: str
    package: str
    metadata: MetaData

    @property
    def versions(self) -> Path:
        """The directory of the revision files."""
        return Path(str(files(self.package)))


#: The tables that every store has; each service adds its own branches to it.
STORE_BRANCH = Branch("store", "mustela.store.migrations.versions", store_metadata)
