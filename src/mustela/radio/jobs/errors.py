"""Why a stage does not begin."""

from __future__ import annotations

from mustela.errors import MustelaError


class StageRefused(MustelaError, ValueError):
    """The parameters of the job are wrong."""

    code = "stage_refused"
