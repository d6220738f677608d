"""What goes wrong with a request of a Virtual Observatory protocol."""

from __future__ import annotations

from mustela.http.problems import RequestError


class UsageFault(RequestError, ValueError):
    """A parameter of a Virtual Observatory protocol has a value that is not allowed."""

    code = "usage_fault"
