"""The table of videos."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, MetaData, Table, UniqueConstraint

from mustela.files.file_sums import FileSums
from mustela.files.tag_index import TagIndex
from mustela.store import INTEGER, REAL, TEXT, derived, edited, observed
from mustela.store.schema import NAMING, revision
from mustela.store.text_search import TextIndex

video_metadata = MetaData(naming_convention=NAMING)

#: ``path`` is path text below the root's path, or absolute where ``root_id`` is empty.
videos = Table(
    "videos",
    video_metadata,
    Column("seq", INTEGER, primary_key=True),
    Column("id", TEXT, nullable=False, unique=True),
    observed("root_id", TEXT, nullable=False),
    observed("path", TEXT, nullable=False),
    derived("filename", TEXT, nullable=False),
    derived("search_text", TEXT, nullable=False),
    observed("duration_frames", INTEGER),
    observed("frames_exact", INTEGER),
    observed("frame_rate_numerator", INTEGER),
    observed("frame_rate_denominator", INTEGER),
    observed("width", INTEGER),
    observed("height", INTEGER),
    observed("display_width", INTEGER),
    observed("display_height", INTEGER),
    observed("pixel_aspect_numerator", INTEGER),
    observed("pixel_aspect_denominator", INTEGER),
    observed("rotation", INTEGER),
    observed("video_codec", TEXT),
    observed("audio_codec", TEXT),
    observed("container", TEXT),
    observed("bit_rate", INTEGER),
    observed("pixel_format", TEXT),
    observed("field_order", TEXT),
    observed("hdr", TEXT),
    observed("audio_channels", INTEGER),
    observed("audio_rate", INTEGER),
    observed("audio_languages", TEXT, nullable=False),
    observed("subtitle_languages", TEXT, nullable=False),
    observed("duration_seconds", REAL),
    observed("recorded_at", INTEGER),
    observed("start_timecode", TEXT),
    observed("file_size", INTEGER),
    observed("mtime_ns", INTEGER),
    observed("fingerprint", TEXT),
    observed("missing_since", INTEGER),
    edited("tags", TEXT, nullable=False),
    edited("rating", INTEGER),
    edited("note", TEXT),
    derived("thumbnail_path", TEXT),
    derived("job_id", TEXT),
    derived("created_at", INTEGER, nullable=False),
    derived("updated_at", INTEGER, nullable=False),
    revision(),
    UniqueConstraint("root_id", "path"),
    CheckConstraint("rating BETWEEN 0 AND 5", name="rating"),
    Index("ix_videos_created_at", "created_at", "id"),
    Index("ix_videos_recorded_at", "recorded_at", "id"),
    Index("ix_videos_duration_seconds", "duration_seconds", "id"),
    Index("ix_videos_file_size", "file_size", "id"),
    Index("ix_videos_filename", "filename", "id"),
    Index("ix_videos_fingerprint", "fingerprint"),
    Index("ix_videos_job_id", "job_id"),
    sqlite_strict=True,
)
videos.c.tags.info["default"] = "[]"

tags = TagIndex(videos, "video")
text_index = TextIndex(videos)
sums = FileSums(videos, "video_sums")
