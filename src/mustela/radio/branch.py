"""The migrations of the radio collection."""

from __future__ import annotations

from mustela.radio.schema import radio_metadata
from mustela.store.branch import Branch

RADIO_BRANCH = Branch("radio", "mustela.radio.migrations.versions", radio_metadata)
