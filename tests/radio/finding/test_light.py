"""What only reads detections does not load numerical libraries."""

from __future__ import annotations

import subprocess
import sys

LIGHT = "detection, errors, beside, dialects, ellipse, aegean_flags"


def test_records_and_names_load_without_numpy_and_astropy() -> None:
    script = (
        f"from mustela.radio.finding import {LIGHT}; import sys;"
        "print(sorted({'numpy', 'astropy', 'scipy', 'AegeanTools'} & set(sys.modules)))"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "[]"
