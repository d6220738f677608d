"""The part of a root that a scan of one directory is about."""

from __future__ import annotations

import os
import stat

from mustela.files.directory_product import is_product
from mustela.files.exclude import Exclusion, is_hidden
from mustela.files.path_text import decode
from mustela.files.scan_run import ScanRun


def standing_directory(run: ScanRun) -> str:
    """The directory that the scan's options name, or the nearest above it that a walk would enter.

    Path text with a slash at its end; empty for the root. A product is not entered. What was moved
    or removed is missed in the directory that it was in. Blocks.
    """
    exclusion = Exclusion(run.patterns)
    rule = run.target.directories
    found = ""
    for name in run.options.below.strip("/").split("/"):
        path = found + name
        if not name or is_hidden(name) or exclusion.directory(name, path):
            break
        try:
            status = os.lstat(run.prefix + decode(path))
        except OSError:
            break
        if not stat.S_ISDIR(status.st_mode):
            break
        if rule is not None and is_product(rule, os.fsdecode(run.prefix + decode(path))):
            break
        found = path + "/"
    return found
