"""The migrations of jobs."""

from __future__ import annotations

from mustela.jobs.schema import jobs_metadata
from mustela.store.branch import Branch

JOBS_BRANCH = Branch("jobs", "mustela.jobs.migrations.versions", jobs_metadata)
