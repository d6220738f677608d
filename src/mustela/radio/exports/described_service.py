"""A service as a VOTable describes it to its reader (DataLink 1.1, service descriptors)."""

from __future__ import annotations

import msgspec


class Input(msgspec.Struct, frozen=True):
    """One parameter: ``ref`` names the column whose value it takes; else ``value``, if any."""

    name: str
    value: str = ""
    ref: str | None = None
    description: str | None = None


class Service(msgspec.Struct, frozen=True):
    """``id`` is what ``service_def`` names; ``standard_id`` the IVOA's, if it is one of its."""

    access_url: str
    inputs: tuple[Input, ...]
    id: str | None = None
    standard_id: str | None = None
    content_type: str | None = None
    description: str | None = None
