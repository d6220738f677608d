"""Videos, their tags, and the search over them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mustela.store.schema import INTEGER, REAL, TEXT

revision = "video_0001"
down_revision = None
branch_labels = ("video",)
depends_on = ("files_0001",)


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "videos",
        sa.Column("seq", INTEGER, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("root_id", TEXT, nullable=False),
        sa.Column("path", TEXT, nullable=False),
        sa.Column("filename", TEXT, nullable=False),
        sa.Column("search_text", TEXT, nullable=False),
        sa.Column("duration_frames", INTEGER),
        sa.Column("frames_exact", INTEGER),
        sa.Column("frame_rate_numerator", INTEGER),
        sa.Column("frame_rate_denominator", INTEGER),
        sa.Column("width", INTEGER),
        sa.Column("height", INTEGER),
        sa.Column("display_width", INTEGER),
        sa.Column("display_height", INTEGER),
        sa.Column("pixel_aspect_numerator", INTEGER),
        sa.Column("pixel_aspect_denominator", INTEGER),
        sa.Column("rotation", INTEGER),
        sa.Column("video_codec", TEXT),
        sa.Column("audio_codec", TEXT),
        sa.Column("container", TEXT),
        sa.Column("bit_rate", INTEGER),
        sa.Column("pixel_format", TEXT),
        sa.Column("field_order", TEXT),
        sa.Column("hdr", TEXT),
        sa.Column("audio_channels", INTEGER),
        sa.Column("audio_rate", INTEGER),
        sa.Column("audio_languages", TEXT, nullable=False),
        sa.Column("subtitle_languages", TEXT, nullable=False),
        sa.Column("duration_seconds", REAL),
        sa.Column("recorded_at", INTEGER),
        sa.Column("start_timecode", TEXT),
        sa.Column("file_size", INTEGER),
        sa.Column("mtime_ns", INTEGER),
        sa.Column("fingerprint", TEXT),
        sa.Column("missing_since", INTEGER),
        sa.Column("tags", TEXT, nullable=False),
        sa.Column("rating", INTEGER),
        sa.Column("note", TEXT),
        sa.Column("thumbnail_path", TEXT),
        sa.Column("job_id", TEXT),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.Column("updated_at", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_videos"),
        sa.UniqueConstraint("id", name="uq_videos_id"),
        sa.UniqueConstraint("root_id", "path", name="uq_videos_root_id_path"),
        sa.CheckConstraint("rating BETWEEN 0 AND 5", name="ck_videos_rating"),
        sqlite_strict=True,
    )
    op.create_index("ix_videos_created_at", "videos", ["created_at", "id"])
    op.create_index("ix_videos_duration_seconds", "videos", ["duration_seconds", "id"])
    op.create_index("ix_videos_file_size", "videos", ["file_size", "id"])
    op.create_index("ix_videos_filename", "videos", ["filename", "id"])
    op.create_index("ix_videos_fingerprint", "videos", ["fingerprint"])
    op.create_index("ix_videos_job_id", "videos", ["job_id"])
    op.create_index("ix_videos_recorded_at", "videos", ["recorded_at", "id"])
    create_tags()
    dialect = op.get_bind().dialect.name
    for statement in CREATE[dialect]:
        op.execute(statement)


def create_tags() -> None:
    """One row for each tag of a video."""
    op.create_table(
        "video_tags",
        sa.Column("tag", TEXT, nullable=False),
        sa.Column("video", INTEGER, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("tag", "video", name="pk_video_tags"),
        sa.ForeignKeyConstraint(
            ["video"], ["videos.seq"], name="fk_video_tags_video", ondelete="CASCADE"
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_video_tags_video", "video_tags", ["video"])


def downgrade() -> None:
    """Drop them."""
    for statement in DROP[op.get_bind().dialect.name]:
        op.execute(statement)
    op.drop_table("video_tags")
    op.drop_table("videos")


CREATE = {
    "sqlite": (
        "CREATE VIRTUAL TABLE videos_fts USING fts5(search_text, content='', "
        "contentless_delete=1, detail=none, tokenize='trigram case_sensitive 1')",
        "CREATE TRIGGER videos_fts_insert AFTER INSERT ON videos BEGIN INSERT INTO videos_fts "
        "(rowid, search_text) VALUES (new.seq, new.search_text); END",
        "CREATE TRIGGER videos_fts_delete AFTER DELETE ON videos BEGIN DELETE FROM videos_fts "
        "WHERE rowid = old.seq; END",
        "CREATE TRIGGER videos_fts_update AFTER UPDATE OF search_text ON videos WHEN "
        "old.search_text IS NOT new.search_text BEGIN DELETE FROM videos_fts WHERE rowid = "
        "old.seq; INSERT INTO videos_fts (rowid, search_text) VALUES (new.seq, "
        "new.search_text); END",
        "CREATE TRIGGER video_tags_insert AFTER INSERT ON videos WHEN new.tags <> '[]' BEGIN "
        "INSERT OR IGNORE INTO video_tags (tag, video) SELECT value, new.seq FROM "
        "json_each(new.tags); END",
        "CREATE TRIGGER video_tags_update AFTER UPDATE OF tags ON videos WHEN old.tags <> "
        "new.tags BEGIN DELETE FROM video_tags WHERE video = old.seq; INSERT OR IGNORE INTO "
        "video_tags (tag, video) SELECT value, new.seq FROM json_each(new.tags); END",
    ),
    "postgresql": (
        "DO $$ BEGIN CREATE EXTENSION IF NOT EXISTS pg_trgm; CREATE INDEX "
        "ix_videos_search_text_trigram ON videos USING gin (search_text gin_trgm_ops); "
        "EXCEPTION WHEN OTHERS THEN NULL; END $$",
        "CREATE FUNCTION video_tags_keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "DELETE FROM video_tags WHERE video = new.seq; INSERT INTO video_tags (tag, video) "
        "SELECT DISTINCT value, new.seq FROM json_array_elements_text(CAST(new.tags AS "
        "json)); RETURN NULL; END $$",
        "CREATE TRIGGER video_tags_insert AFTER INSERT ON videos FOR EACH ROW WHEN (new.tags "
        "<> '[]') EXECUTE FUNCTION video_tags_keep()",
        "CREATE TRIGGER video_tags_update AFTER UPDATE OF tags ON videos FOR EACH ROW WHEN "
        "(old.tags <> new.tags) EXECUTE FUNCTION video_tags_keep()",
    ),
}
DROP = {
    "sqlite": (
        'DROP TRIGGER "video_tags_update"',
        'DROP TRIGGER "video_tags_insert"',
        'DROP TRIGGER "videos_fts_update"',
        'DROP TRIGGER "videos_fts_delete"',
        'DROP TRIGGER "videos_fts_insert"',
        'DROP TABLE "videos_fts"',
    ),
    "postgresql": (
        'DROP TRIGGER "video_tags_update" ON "videos"',
        'DROP TRIGGER "video_tags_insert" ON "videos"',
        "DROP FUNCTION video_tags_keep()",
        "DROP INDEX IF EXISTS ix_videos_search_text_trigram",
    ),
}
