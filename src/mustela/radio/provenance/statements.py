"""The SQL of provenance."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, null, select

from mustela.files.schema import roots
from mustela.jobs.schema import jobs
from mustela.radio.schema import calibration_tables, image_inputs, images, measurement_sets
from mustela.store import TEXT, Statement
from mustela.store.dialect_sql import in_json

c, j, i = images.c, jobs.c, image_inputs.c


def _path(table: Any) -> ColumnElement[Any]:
    whole: ColumnElement[Any] = func.coalesce(roots.c.path + "/" + table.c.path, table.c.path)
    return whole


def _related(role: ColumnElement[Any]) -> Any:
    """The columns of ``RelatedImage``."""
    return (
        select(
            c.id,
            _path(images),
            c.kind,
            c.version,
            c.is_current,
            c.grade,
            c.mid_mjd,
            c.job_id,
            role,
        )
        .select_from(images.outerjoin(roots, roots.c.id == c.root_id))
        .limit(bindparam("limit"))
    )


#: What an image names, before the columns of the image itself.
IMAGE = Statement(
    _related(null())
    .add_columns(c.seq, c.ms_id, c.calibration_id, c.parent_id, c.version_of)
    .where(c.id == bindparam("id"))
)


def _named(table: Any) -> Statement:
    """A product by its id: the columns of ``NamedProduct``."""
    return Statement(
        select(table.c.id, _path(table), table.c.grade, table.c.job_id)
        .select_from(table.outerjoin(roots, roots.c.id == table.c.root_id))
        .where(table.c.id == bindparam("id"))
    )


NAMED_IMAGE = _named(images)
NAMED_MS = _named(measurement_sets)
NAMED_CALIBRATION = _named(calibration_tables)

_plain = _related(null())
CHILDREN = Statement(_plain.where(c.parent_id == bindparam("id")).order_by(c.seq))
VERSIONS = Statement(
    _plain.where(c.version_of == bindparam("name")).order_by(c.version.asc().nulls_last(), c.seq)
)
OF_MS = Statement(_plain.where(c.ms_id == bindparam("id")).order_by(c.seq.desc()))
OF_CALIBRATION = Statement(_plain.where(c.calibration_id == bindparam("id")).order_by(c.seq.desc()))
_through = _related(i.role)
INPUTS = Statement(
    _through.join(image_inputs, i.input == c.seq)
    .where(i.image == bindparam("seq"))
    .order_by(c.mid_mjd.asc().nulls_last(), c.seq)
)
USED_IN = Statement(
    _through.join(image_inputs, i.image == c.seq).where(i.input == bindparam("seq")).order_by(c.seq)
)
#: The columns of ``RelatedJob``.
JOBS = Statement(
    select(j.id, j.type, j.status)
    .where(in_json(j.id, bindparam("ids", type_=TEXT)))
    .order_by(j.seq.desc())
)
