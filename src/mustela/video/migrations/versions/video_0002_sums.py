"""How many videos there are and how many bytes, by status: kept by triggers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mustela.store.schema import INTEGER

revision = "video_0002"
down_revision = "video_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the sums, of the videos that are there already too."""
    op.create_table(
        "video_sums",
        sa.Column("missing", INTEGER, nullable=False, autoincrement=False),
        sa.Column("shard", INTEGER, nullable=False, autoincrement=False),
        sa.Column("files", INTEGER, nullable=False),
        sa.Column("bytes", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("missing", "shard", name="pk_video_sums"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.execute(FILL)
    for statement in CREATE[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    """Drop them."""
    for statement in DROP[op.get_bind().dialect.name]:
        op.execute(statement)
    op.drop_table("video_sums")


FILL = (
    "INSERT INTO video_sums (missing, shard, files, bytes) "
    "SELECT CASE WHEN missing_since IS NULL THEN 0 ELSE 1 END, 0, count(*), "
    "coalesce(sum(file_size), 0) FROM videos "
    "GROUP BY CASE WHEN missing_since IS NULL THEN 0 ELSE 1 END"
)


CREATE = {
    "sqlite": (
        "CREATE TRIGGER video_sums_insert AFTER INSERT ON videos BEGIN INSERT INTO video_sums "
        "(missing, shard, files, bytes) VALUES (new.missing_since IS NOT NULL, 0, 1, 1 * "
        "coalesce(new.file_size, 0)) ON CONFLICT (missing, shard) DO UPDATE SET files = files + "
        "excluded.files, bytes = bytes + excluded.bytes; END",
        "CREATE TRIGGER video_sums_delete AFTER DELETE ON videos BEGIN INSERT INTO video_sums "
        "(missing, shard, files, bytes) VALUES (old.missing_since IS NOT NULL, 0, -1, -1 * "
        "coalesce(old.file_size, 0)) ON CONFLICT (missing, shard) DO UPDATE SET files = files + "
        "excluded.files, bytes = bytes + excluded.bytes; END",
        "CREATE TRIGGER video_sums_update AFTER UPDATE OF file_size, missing_since ON videos "
        "WHEN old.file_size IS NOT new.file_size OR (old.missing_since IS NULL) <> "
        "(new.missing_since IS NULL) BEGIN INSERT INTO video_sums (missing, shard, files, "
        "bytes) VALUES (old.missing_since IS NOT NULL, 0, -1, -1 * coalesce(old.file_size, 0)) "
        "ON CONFLICT (missing, shard) DO UPDATE SET files = files + excluded.files, bytes = "
        "bytes + excluded.bytes; INSERT INTO video_sums (missing, shard, files, bytes) VALUES "
        "(new.missing_since IS NOT NULL, 0, 1, 1 * coalesce(new.file_size, 0)) ON CONFLICT "
        "(missing, shard) DO UPDATE SET files = files + excluded.files, bytes = bytes + "
        "excluded.bytes; END",
    ),
    "postgresql": (
        "CREATE FUNCTION video_sums_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "INSERT INTO video_sums (missing, shard, files, bytes) SELECT missing, "
        "CAST(floor(random() * 4611686018427387904) AS bigint), sum(files), sum(bytes) FROM "
        "(SELECT CAST(added.missing_since IS NOT NULL AS integer) AS missing, 1 AS files, 1 * "
        "coalesce(added.file_size, 0) AS bytes FROM added) AS one GROUP BY missing HAVING "
        "sum(files) <> 0 OR sum(bytes) <> 0; IF random() * 256 < 1 THEN WITH gone AS (DELETE "
        "FROM video_sums RETURNING missing, files, bytes) INSERT INTO video_sums (missing, "
        "shard, files, bytes) SELECT missing, CAST(floor(random() * 4611686018427387904) AS "
        "bigint), sum(files), sum(bytes) FROM gone GROUP BY missing; END IF; RETURN NULL; END "
        "$$",
        "CREATE TRIGGER video_sums_insert AFTER INSERT ON videos REFERENCING NEW TABLE AS added "
        "FOR EACH STATEMENT EXECUTE FUNCTION video_sums_insert()",
        "CREATE FUNCTION video_sums_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "INSERT INTO video_sums (missing, shard, files, bytes) SELECT missing, "
        "CAST(floor(random() * 4611686018427387904) AS bigint), sum(files), sum(bytes) FROM "
        "(SELECT CAST(gone.missing_since IS NOT NULL AS integer) AS missing, -1 AS files, -1 * "
        "coalesce(gone.file_size, 0) AS bytes FROM gone) AS one GROUP BY missing HAVING "
        "sum(files) <> 0 OR sum(bytes) <> 0; IF random() * 256 < 1 THEN WITH gone AS (DELETE "
        "FROM video_sums RETURNING missing, files, bytes) INSERT INTO video_sums (missing, "
        "shard, files, bytes) SELECT missing, CAST(floor(random() * 4611686018427387904) AS "
        "bigint), sum(files), sum(bytes) FROM gone GROUP BY missing; END IF; RETURN NULL; END "
        "$$",
        "CREATE TRIGGER video_sums_delete AFTER DELETE ON videos REFERENCING OLD TABLE AS gone "
        "FOR EACH STATEMENT EXECUTE FUNCTION video_sums_delete()",
        "CREATE FUNCTION video_sums_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "INSERT INTO video_sums (missing, shard, files, bytes) SELECT missing, "
        "CAST(floor(random() * 4611686018427387904) AS bigint), sum(files), sum(bytes) FROM "
        "(SELECT CAST(added.missing_since IS NOT NULL AS integer) AS missing, 1 AS files, 1 * "
        "coalesce(added.file_size, 0) AS bytes FROM added UNION ALL SELECT "
        "CAST(gone.missing_since IS NOT NULL AS integer) AS missing, -1 AS files, -1 * "
        "coalesce(gone.file_size, 0) AS bytes FROM gone) AS one GROUP BY missing HAVING "
        "sum(files) <> 0 OR sum(bytes) <> 0; IF random() * 256 < 1 THEN WITH gone AS (DELETE "
        "FROM video_sums RETURNING missing, files, bytes) INSERT INTO video_sums (missing, "
        "shard, files, bytes) SELECT missing, CAST(floor(random() * 4611686018427387904) AS "
        "bigint), sum(files), sum(bytes) FROM gone GROUP BY missing; END IF; RETURN NULL; END "
        "$$",
        "CREATE TRIGGER video_sums_update AFTER UPDATE ON videos REFERENCING OLD TABLE AS gone "
        "NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION video_sums_update()",
    ),
}
DROP = {
    "sqlite": (
        'DROP TRIGGER "video_sums_update"',
        'DROP TRIGGER "video_sums_delete"',
        'DROP TRIGGER "video_sums_insert"',
    ),
    "postgresql": (
        'DROP TRIGGER "video_sums_update" ON "videos"',
        "DROP FUNCTION video_sums_update()",
        'DROP TRIGGER "video_sums_delete" ON "videos"',
        "DROP FUNCTION video_sums_delete()",
        'DROP TRIGGER "video_sums_insert" ON "videos"',
        "DROP FUNCTION video_sums_insert()",
    ),
}
