"""The SQL of matching."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, case, delete, func, or_, select
from sqlalchemy.dialects import postgresql

from mustela.files.schema import roots
from mustela.radio.schema import calibration_tables, measurement_sets, ms_calibration
from mustela.store import REAL, TEXT, Statement
from mustela.store.dialect_sql import in_json, in_json_numbers

m, t, x = measurement_sets.c, calibration_tables.c, ms_calibration.c
_ms_root, _table_root = roots.alias("ms_root"), roots.alias("table_root")
_ms_path = func.coalesce(_ms_root.c.path + "/" + m.path, m.path)
_table_path = func.coalesce(_table_root.c.path + "/" + t.path, t.path)

#: What Measurement Sets say, for :func:`~mustela.radio.matching.repository._observed`.
OBSERVED = Statement(
    select(
        m.seq,
        m.id,
        m.name,
        m.filename,
        m.telescope,
        m.field_names,
        m.start_mjd,
        m.end_mjd,
        m.calibration_applied,
    )
    .where(in_json(m.id, bindparam("ids", type_=TEXT)))
    .order_by(m.seq)
)

_solved = select(
    t.seq,
    _table_path,
    t.name,
    t.filename,
    t.ms_name,
    t.telescope,
    t.field_names,
    t.start_mjd,
    t.end_mjd,
).select_from(calibration_tables.outerjoin(_table_root, _table_root.c.id == t.root_id))
#: Tables that say that they were solved on one of these Measurement Sets.
SOLVED_ON = Statement(_solved.where(in_json(t.ms_name, bindparam("names", type_=TEXT))))
#: Tables of these names.
NAMED = Statement(
    _solved.where(
        or_(
            in_json(t.filename, bindparam("names", type_=TEXT)),
            in_json(t.name, bindparam("names", type_=TEXT)),
        )
    )
)
#: Tables whose times share a moment with an interval.
VALID_AT = Statement(
    _solved.where(
        t.end_mjd >= bindparam("start", type_=REAL),
        t.start_mjd <= bindparam("end", type_=REAL),
        t.retired_at.is_(None),
    )
)

PAIRS = Statement(
    select(x.ms, x.calibration, x.how, x.applied).where(
        in_json_numbers(x.ms, bindparam("seqs", type_=TEXT))
    )
)
SEQS = Statement(
    select(
        select(m.seq).where(m.id == bindparam("ms_id")).scalar_subquery(),
        select(t.seq).where(t.id == bindparam("calibration_id")).scalar_subquery(),
    )
)
_new = postgresql.insert(ms_calibration).values(
    {column.name: bindparam(column.name) for column in ms_calibration.c}
)
#: A pair as a program says it: what was there before does not matter.
RECORD = Statement(
    _new.on_conflict_do_update(
        index_elements=["ms", "calibration"],
        set_={name: _new.excluded[name] for name in ("how", "applied", "job_id")},
    )
)
#: A pair that was found: it takes nothing from what was recorded.
FOUND = Statement(
    _new.on_conflict_do_update(
        index_elements=["ms", "calibration"],
        set_={
            "how": case((x.how == "recorded", x.how), else_=_new.excluded.how),
            "applied": case((x.applied == 1, x.applied), else_=_new.excluded.applied),
        },
    )
)
REMOVE = Statement(
    delete(ms_calibration).where(
        x.ms == bindparam("pair_ms"), x.calibration == bindparam("pair_calibration")
    )
)


def _pairs() -> Any:
    return (
        select(
            m.id,
            t.id,
            x.how,
            x.applied,
            x.job_id,
            _ms_path,
            m.start_mjd,
            m.end_mjd,
            _table_path,
            t.type,
            t.start_mjd,
            t.end_mjd,
            t.grade,
        )
        .select_from(
            ms_calibration.join(measurement_sets, m.seq == x.ms)
            .join(calibration_tables, t.seq == x.calibration)
            .outerjoin(_ms_root, _ms_root.c.id == m.root_id)
            .outerjoin(_table_root, _table_root.c.id == t.root_id)
        )
        .limit(bindparam("limit"))
    )


#: Rows of ``CalibrationMatch``: those recorded first, then by the time of the solutions.
OF_MS = Statement(
    _pairs().where(m.id == bindparam("id")).order_by(x.how, t.start_mjd.asc().nulls_last(), t.id)
)
OF_CALIBRATION = Statement(
    _pairs().where(t.id == bindparam("id")).order_by(x.how, m.start_mjd.asc().nulls_last(), m.id)
)
POINTING = Statement(select(m.ra_deg, m.dec_deg, m.frequency_min_hz).where(m.id == bindparam("id")))
