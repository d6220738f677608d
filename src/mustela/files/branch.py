"""The migrations of files."""

from __future__ import annotations

from mustela.files.schema import files_metadata
from mustela.store.branch import Branch

FILES_BRANCH = Branch("files", "mustela.files.migrations.versions", files_metadata)
