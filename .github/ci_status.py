"""Whether everything that had to run has succeeded: the one check that a change requires.

``NEEDS`` is the workflow's ``toJSON(needs)``. Exit status 0: yes; 1: no, and why not.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from typing import Any

#: The jobs, and the answer of ``changes`` (has code changed?) for which each has to run.
RUNS_IF = {"test": "true", "docs": "false"}
DECIDES = "changes"


def problems(needs: Mapping[str, Any]) -> list[str]:
    """What is wrong; nothing where the change has passed."""
    if set(needs) != {DECIDES, *RUNS_IF}:
        return [f"the jobs are {', '.join(sorted(needs))}: this script knows others"]
    decided = needs[DECIDES]["result"]
    if decided != "success":
        return [f"{DECIDES}: {decided}; nobody knows what had to run"]
    code = (needs[DECIDES].get("outputs") or {}).get("code")
    if code not in RUNS_IF.values():
        return [f"{DECIDES} says code = {code!r}; nobody knows what had to run"]
    found = []
    for job, when in RUNS_IF.items():
        result = needs[job]["result"]
        if result != "success" and (code == when or result != "skipped"):
            found.append(f"{job}: {result}")
    return found


def main() -> int:
    """Say it, for the log."""
    needs = json.loads(os.environ["NEEDS"])
    found = problems(needs)
    for one in found:
        print(f"::error::{one}")
    if not found:
        print(", ".join(f"{job}: {needs[job]['result']}" for job in sorted(needs)))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
