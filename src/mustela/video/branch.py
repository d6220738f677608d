"""The migrations of videos."""

from __future__ import annotations

from mustela.store.branch import Branch
from mustela.video.schema import video_metadata

VIDEO_BRANCH = Branch("video", "mustela.video.migrations.versions", video_metadata)
