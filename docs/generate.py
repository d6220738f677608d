"""Write the parts of the reference that the code can say itself.

``.venv/bin/python docs/generate.py`` rewrites them; ``tests/docs`` holds that nothing would change.
A generated part stands between ``<!-- generated: NAME -->`` and ``<!-- end -->``.
"""

from __future__ import annotations

import asyncio
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import typer
from fastapi import FastAPI

from mustela.app import create_app
from mustela.cli import app as commands_app
from mustela.commands.lazy import LAZY
from mustela.settings import Documented, Settings, documented
from mustela.video.extensions import EXTENSIONS

REFERENCE = Path(__file__).parent / "reference"
#: Columns of the terminal that the commands' help is for; its text is two narrower.
COLUMNS = 80
API = "/api/v1"

#: Defaults that depend on the machine, or that an empty value stands for.
DEFAULTS = {
    "data_dir": "`~/.local/share/mustela`; on macOS `~/Library/Application Support/mustela`",
    "database_url": "`mustela.db` in the data directory",
    "children": "as many as there are processors, at most 8",
    "pictures_dir": "`pictures` in the data directory",
    "tokens_file": "`tokens` in the data directory",
}

#: What `min_` and `max_` filters count in.
UNITS = {
    "frame_rate": ", in frames a second",
    "width": ", in pixels as stored",
    "height": ", in pixels as stored",
    "duration_seconds": ", in seconds",
    "duration_frames": ", in frames",
    "file_size": ", in bytes",
    "bit_rate": ", in bit/s",
    "audio_rate": ", in Hz",
}
HAVING = {
    "hdr": "a high dynamic range",
    "audio": "sound",
    "video": "a picture",
    "rating": "a rating",
    "note": "a note",
}

_PART = re.compile(r"(<!-- generated: (?P<name>[\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_ROLES = ("read", "write", "admin")
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


def settings() -> str:
    """Every setting, as a table."""
    rows = [
        (f"`{one.name}`", f"`{one.variable}`", default_of(one), one.description)
        for one in documented()
    ]
    return _table(("setting", "variable", "default", "what it does"), rows)


def default_of(setting: Documented) -> str:
    """A default as the table shows it."""
    value = setting.default
    if setting.name in DEFAULTS:
        return DEFAULTS[setting.name]
    if value in {None, ()}:
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def commands() -> str:
    """The help of every command, and of every group of them."""
    parts = []
    for names, command in every_command():
        title = "#" * (2 if len(names) < 2 else 3) + " " + " ".join(("mustela", *names))
        parts.append(f"{title}\n\n```text\n{help_of(names, command)}\n```\n")
    return "\n".join(parts)


def help_of(names: Sequence[str], command: Any) -> str:
    """What ``--help`` prints, without its last line's end."""
    context = command.context_class(
        command, info_name=" ".join(("mustela", *names)), terminal_width=COLUMNS - 2
    )
    said: str = command.get_help(context)
    return said.rstrip()


def every_command() -> Iterator[tuple[tuple[str, ...], Any]]:
    """The words after ``mustela`` of each command and group, and the command itself."""
    top: Any = typer.main.get_command(commands_app)
    yield (), top
    for name, command in top.commands.items():
        yield from _below((name,), command)
    for name, (module, _) in LAZY.items():
        yield from _below((name,), typer.main.get_command(import_module(module).app))


def _below(names: tuple[str, ...], command: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield names, command
    for name, sub in getattr(command, "commands", {}).items():
        yield from _below((*names, name), sub)


def routes() -> str:
    """Every route, what it does, and the role it needs."""
    return asyncio.run(_routes())


def filters() -> str:
    """What a list of videos can be filtered by."""
    described = _document(_app())["paths"][f"{API}/videos"]["get"]["parameters"]
    paging = {"limit", "offset", "cursor", "sort"}
    rows = [
        (f"`{one['name']}`", *_described(one["name"], one["schema"], one["description"]))
        for one in described
        if one["name"] not in paging
    ]
    return _table(("filter", "takes", "which videos"), rows)


def _described(name: str, schema: dict[str, Any], description: str) -> tuple[str, str]:
    if name.endswith(("_after", "_before")):
        return "a time with its zone", description or _meaning(name)
    return _kind(schema), description or _meaning(name)


def _meaning(name: str) -> str:
    """What a filter without a description does; its name says it."""
    first, _, rest = name.partition("_")
    field, _, last = name.rpartition("_")
    if first in {"min", "max"}:
        unit = UNITS.get(rest, "")
        return f"`{rest}` is {'at least' if first == 'min' else 'at most'} this{unit}."
    if first == "has":
        return f"Whether there is {HAVING[rest]}."
    if last in {"after", "before"}:
        return f"`{field}_at` is then or {'later' if last == 'after' else 'earlier'}."
    return f"`{name}` is this, exactly."


def _kind(schema: dict[str, Any]) -> str:
    kinds = [one for one in schema.get("anyOf", [schema]) if one.get("type") != "null"]
    kind = kinds[0]
    return {
        "string": "text",
        "integer": "a whole number",
        "number": "a number",
        "boolean": "`true` or `false`",
        "array": "text, several times",
    }[kind["type"]]


async def _routes() -> str:
    app = _app()
    rows = []
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            for path, operations in _document(app)["paths"].items():
                for method in sorted(operations, key=lambda word: _METHODS.index(word.upper())):
                    said = operations[method]["description"].partition("\n\n")[0]
                    role = await _role(client, method.upper(), path + _brief(operations[method]))
                    shown = f"`{method.upper()} {path.removeprefix(API)}`"
                    rows.append((shown, role, " ".join(said.split())))
    return _table(("route", "role", "what it does"), rows)


async def _role(client: httpx.AsyncClient, method: str, path: str) -> str:
    """The least role that is not refused: asked of the server, which has nothing to lose."""
    path = path.replace("{id}", "none")
    if (await client.request(method, path)).status_code != 401:
        return "none"
    for role in _ROLES:
        headers = {"Authorization": f"Bearer {_secret(role)}"}
        if (await client.request(method, path, headers=headers)).status_code not in {401, 403}:
            return role
    raise SystemExit(f"{method} {path} refuses every role")


def _brief(operation: dict[str, Any]) -> str:
    """A query for which a stream without an end is refused, if that is what it is."""
    endless = "text/event-stream" in operation["responses"].get("200", {}).get("content", {})
    return "?topics=none" if endless else ""


def _secret(role: str) -> str:
    return f"only for the documents: {role}".replace(" ", "-")


def _document(app: FastAPI) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Duplicate Operation ID")  # HEAD beside GET
        return app.openapi()


def _app() -> FastAPI:
    return create_app(
        Settings.load(
            environ={},
            data_dir=Path("/nowhere"),
            database_url="sqlite:///:memory:",
            require_tokens=True,
            tokens=[f"{role}:{_secret(role)}" for role in _ROLES],
        )
    )


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "".join("| " + " | ".join(map(_cell, line)) + " |\n" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def extensions() -> str:
    """Which file names are footage."""
    meanings = {"candidate": "read", "unsupported": "counted as unsupported, not read"}
    rows = [
        (meaning, " ".join(f"`{name}`" for name in sorted(EXTENSIONS) if EXTENSIONS[name] == kind))
        for kind, meaning in meanings.items()
    ]
    return _table(("", "extensions"), rows)


PARTS: dict[str, Callable[[], str]] = {
    "settings": settings,
    "commands": commands,
    "routes": routes,
    "filters": filters,
    "extensions": extensions,
}
PAGES = ("settings.md", "commands.md", "http.md", "files.md")


def generated(text: str) -> str:
    """A page with its generated parts as they ought to be."""
    return _PART.sub(lambda found: f"{found[1]}\n{PARTS[found['name']]()}\n{found[3]}", text)


def main() -> None:
    for name in PAGES:
        page = REFERENCE / name
        text = page.read_text(encoding="utf-8")
        new = generated(text)
        if new != text:
            page.write_text(new, encoding="utf-8")
            sys.stdout.write(f"{page.name} is new\n")


if __name__ == "__main__":
    main()
