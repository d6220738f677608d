"""One thread for linear algebra: on a busy machine OpenBLAS's threads wait for one another.

It is read when numpy is first imported, so it stands before any test module.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
