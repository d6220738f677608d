"""A source of known properties."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias, get_args

import msgspec

#: What a catalogue is for.
Role: TypeAlias = Literal["calibrator", "astrometry"]
ROLES: tuple[Role, ...] = get_args(Role)


class Reference(msgspec.Struct, frozen=True):
    """A source as a catalogue has it: degrees (ICRS), Jy, Hz. ``None`` is not known."""

    name: str
    ra_deg: float
    dec_deg: float
    flux_jy: float | None = None
    frequency_hz: float | None = None


class ReferenceSource(msgspec.Struct, frozen=True):
    """The same, with its id, catalogue and role."""

    id: str
    catalogue: str
    role: Role
    name: str
    ra_deg: float
    dec_deg: float
    flux_jy: float | None
    frequency_hz: float | None


class NearReference(msgspec.Struct, frozen=True):
    """A source and how far it is from the position that was asked for, in degrees."""

    source: ReferenceSource
    separation_deg: float


class ReferenceCatalogue(NamedTuple):
    """A catalogue that is loaded, and how many sources it has."""

    name: str
    role: Role
    n_sources: int
