"""What a grade of a source follows from, summed up over its measurements by the engine."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
from sqlalchemy import bindparam, case, func, select

from mustela.radio.grading.source_rule import SourceFacts
from mustela.radio.schema import images, measurements, source_statistics
from mustela.store import TEXT, Statement, Unit, batch, rows
from mustela.store.dialect_sql import in_json_numbers
from mustela.store.record import encode_keys

m, s = measurements.c, source_statistics.c
_SEQS = bindparam("seqs", type_=TEXT)
_DETECTIONS = Statement(
    select(
        m.source,
        func.count(),
        func.count(case((images.c.grade == "fail", 1))),
        func.count(case((m.flags != "[]", 1))),
        func.avg(m.de_ruiter * m.de_ruiter),
    )
    .select_from(measurements.join(images, images.c.seq == m.image))
    .where(in_json_numbers(m.source, _SEQS), m.kind != "forced")
    .group_by(m.source)
)
_EPOCHS = Statement(
    select(s.source, func.max(s.n_epochs))
    .where(in_json_numbers(s.source, _SEQS))
    .group_by(s.source)
)


def source_facts(seqs: Sequence[int]) -> Unit[dict[int, SourceFacts]]:
    """The facts of each source (``seq``)."""
    found = {seq: SourceFacts() for seq in seqs}
    if not found:
        return found
    keys = encode_keys(seqs)
    detections, epochs = yield from batch(rows(_DETECTIONS, seqs=keys), rows(_EPOCHS, seqs=keys))
    for seq, number, failed, flagged, mean_square in detections:
        found[seq] = SourceFacts(
            n_detections=number,
            n_in_failed_images=failed,
            n_flagged=flagged,
            rms_de_ruiter=None if mean_square is None else math.sqrt(mean_square),
        )
    for seq, number in epochs:
        found[seq] = msgspec.structs.replace(found[seq], n_epochs=number)
    return found
