"""The workflows and the scripts that they call, as the tests read them."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).parents[2]
GITHUB = PROJECT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))


def script(name: str) -> Any:
    """A script beside the workflows, as a module."""
    spec = importlib.util.spec_from_file_location(name, GITHUB / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def workflow(name: str) -> dict[str, Any]:
    """A workflow; the key that YAML 1.1 reads as a truth value is ``on`` again."""
    text = (GITHUB / "workflows" / name).read_text(encoding="utf-8")
    found: dict[Any, Any] = yaml.safe_load(text)
    found["on"] = found.pop(True)
    return found


def steps(job: dict[str, Any]) -> list[dict[str, Any]]:
    """The steps of a job; none where it calls another workflow."""
    found: list[dict[str, Any]] = job.get("steps", [])
    return found
