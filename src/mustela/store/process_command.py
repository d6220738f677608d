"""What others are told of a process: the command that it was started with."""

from __future__ import annotations

import re
import sys
from pathlib import Path

#: A password in a URL: after the user's name, or in the query.
_PASSWORD = re.compile(r"(://[^\s/@:]*:)[^\s/]*(?=@)|(\bpassword=)[^\s&]*", re.IGNORECASE)
_LONGEST = 200


def process_command() -> str:
    """This process's command, cut where it is long, without the passwords of its URLs."""
    words = " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])
    shown = _PASSWORD.sub(r"\1\2***", words)[:_LONGEST]
    return shown.encode(errors="backslashreplace").decode()
