"""What is in ``deploy/`` and in the guides about it names what is there."""

from __future__ import annotations

import re
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from docs import generate
from mustela.settings import CONFIG_VARIABLE, PREFIX, documented
from tests.docs.pages import DOCS, PROJECT, blocks, rows

DEPLOY = PROJECT / "deploy"
COMPOSE = DEPLOY / "compose.yaml"
CONTAINERFILE = DEPLOY / "Containerfile"
UNITS = sorted((DEPLOY / "systemd").iterdir())
GUIDES = [
    DOCS / "how-to" / name
    for name in ("run-on-one-machine.md", "run-on-many-machines.md", "upgrade.md")
]
#: Where the unit expects the program.
INSTALLED = "/opt/mustela/bin/mustela"


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    return found


def every_file() -> list[Path]:
    return [path for path in sorted(DEPLOY.rglob("*")) if path.is_file()]


# ------------------------------------------------------------------------ settings, commands, names


@pytest.mark.parametrize("path", [*every_file(), *GUIDES], ids=lambda path: path.name)
def test_every_variable_that_is_named_is_a_setting(path: Path) -> None:
    settings = {setting.variable for setting in documented()} | {CONFIG_VARIABLE}
    named = set(re.findall(rf"\b{PREFIX}[A-Z_]+", path.read_text(encoding="utf-8")))
    assert named - settings == set()


def commands(text: str) -> Iterator[tuple[str, ...]]:
    """The words after ``mustela`` of each command in a block of a shell."""
    for line in text.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] in (["docker"], ["useradd"], ["install"]):  # where it is a name
            continue
        for at, word in enumerate(words):
            program = at == 0 or words[at - 1] == "sudo" or "=" in words[at - 1]
            if (word == "mustela" and program) or word == INSTALLED:
                yield tuple(words[at + 1 :])


def is_a_command(words: tuple[str, ...]) -> bool:
    known = {names for names, _ in generate.every_command()}
    groups = {names[0] for names in known if len(names) == 2}
    return words[: 2 if words[0] in groups else 1] in known


def test_every_command_in_the_guides_is_one() -> None:
    found = [
        words
        for page in GUIDES
        for block in blocks(page)
        if block.language == "sh"
        for words in commands(block.body)
    ]
    assert len(found) > 5
    assert [words for words in found if not is_a_command(words)] == []


def test_every_command_that_is_deployed_is_one() -> None:
    services = [
        tuple(service["command"])
        for service in compose()["services"].values()
        if service.get("image") == "mustela"
    ]
    started = [
        words
        for unit in UNITS
        for line in re.findall(r"^ExecStart=(.+)$", unit.read_text(encoding="utf-8"), re.MULTILINE)
        for words in commands(line)
    ]
    (default,) = re.findall(r"^CMD \[(.+)\]$", CONTAINERFILE.read_text("utf-8"), re.MULTILINE)
    image = tuple(shlex.split(default.replace(",", " ")))
    assert len(services) == 3
    assert len(started) == 2
    assert [w for w in (*services, *started, image) if not is_a_command(w)] == []


def test_every_metric_in_the_guides_is_one() -> None:
    system = DOCS / "reference" / "system.md"
    known = {
        row[0].strip("`")
        for titles in (("metric", "kind", "labels", "what"), ("with `cache_url`", "kind", "what"))
        for row in rows(system, titles=titles)
    }
    for page in (*GUIDES, DOCS / "how-to" / "watch-the-server.md"):
        text = page.read_text(encoding="utf-8")
        named = set(re.findall(r"\bmustela_[a-z_]+(?=[{\[() ,`]|$)", text)) - {
            "mustela_owner",
            "mustela_app",
        }
        bare = {re.sub(r"_(bucket|sum|count)$", "", name) for name in named}
        assert bare - known == set(), page.name


def test_every_file_that_a_guide_copies_is_there() -> None:
    for page in GUIDES:
        for name in re.findall(r"\bdeploy/[\w./-]+", page.read_text(encoding="utf-8")):
            assert (PROJECT / name.rstrip(".")).exists(), name


# --------------------------------------------------------------------------------------- the units


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_understands_the_unit(unit: Path, tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("needs systemd-analyze")
    for one in UNITS:  # a timer is looked at with its service
        text = one.read_text(encoding="utf-8").replace(INSTALLED, "/bin/true")
        (tmp_path / one.name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        [analyze, "verify", "--man=no", str(tmp_path / unit.name)],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
        check=False,
    )
    said = [line for line in done.stderr.splitlines() if unit.name in line]
    assert said == []
    assert done.returncode == 0, done.stderr


def test_the_service_may_write_only_where_it_keeps_its_data() -> None:
    text = (DEPLOY / "systemd" / "mustela.service").read_text(encoding="utf-8")
    said = dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))
    assert said["ProtectSystem"] == "strict"
    assert said["ProtectHome"] == "read-only"
    assert said["CapabilityBoundingSet"] == ""
    assert said["NoNewPrivileges"] == "yes"
    assert "ReadWritePaths" not in said
    assert f"MUSTELA_DATA_DIR=/var/lib/{said['StateDirectory']}" in text
    assert said["RestartPreventExitStatus"] == "2"  # what a wrong setting ends with


# -------------------------------------------------------------------------------------- containers


def test_the_compose_file_is_as_its_schema_says() -> None:
    pytest.importorskip("check_jsonschema", reason="needs check-jsonschema")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "check_jsonschema",
            "--builtin-schema",
            "vendor.compose-spec",
            str(COMPOSE),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_compose_file_has_what_its_guide_says() -> None:
    services = compose()["services"]
    assert services["server"]["deploy"]["replicas"] == 2
    assert services["worker"]["deploy"]["replicas"] == 3
    for name in ("server", "worker", "migrate"):
        service = services[name]
        (media,) = (one for one in service["volumes"] if isinstance(one, dict))
        assert media["read_only"] is True
        assert "pictures:/pictures" in service["volumes"]
        assert service["read_only"] is True
        role = "mustela_owner" if name == "migrate" else "mustela_app"
        assert f"//{role}:" in service["environment"]["MUSTELA_DATABASE_URL"]
    assert services["redis"]["profiles"] == ["cache"]
    for service in services.values():
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0] if isinstance(volume, str) else ""
            if source.startswith("./"):
                assert (DEPLOY / source).is_file(), source


def test_the_image_is_small_in_what_it_may() -> None:
    text = CONTAINERFILE.read_text(encoding="utf-8")
    last = text.rpartition("\nFROM ")[2]
    assert re.search(r"^USER \d+:\d+$", last, re.MULTILINE)
    assert "root" not in last
    assert "HEALTHCHECK" in last
    assert "VOLUME /data" in last
    assert "EXPOSE 8000" in last
    for name in re.findall(r"requirements/([\w$]+)\.txt", text):
        lists = ["server", "server-radio"] if "$" in name else [name]
        for one in lists:
            assert (PROJECT / "requirements" / f"{one}.txt").is_file()


def test_the_image_is_built_from_what_is_sent_to_it() -> None:
    sent = (PROJECT / ".containerignore").read_text(encoding="utf-8").splitlines()
    copied = re.findall(
        r"^COPY (?!--from)(.+) \S+$", CONTAINERFILE.read_text(encoding="utf-8"), re.MULTILINE
    )
    for name in " ".join(copied).split():
        assert f"!{name.rstrip('/')}" in sent
        assert (PROJECT / name).exists()


def test_hadolint_has_nothing_to_say() -> None:
    hadolint = shutil.which("hadolint")
    if hadolint is None:
        pytest.skip("needs hadolint")
    done = subprocess.run(
        [hadolint, str(CONTAINERFILE)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_nginx_understands_its_file(tmp_path: Path) -> None:
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        pytest.skip("needs nginx")
    site = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    site = site.replace("listen 443 ssl;", f"listen 127.0.0.1:{port};").replace("http2 on;", "")
    (tmp_path / "site.conf").write_text(site, encoding="utf-8")
    whole = tmp_path / "nginx.conf"
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = " ".join(f"{kind}_temp_path {tmp_path}/{kind};" for kind in kinds)
    whole.write_text(
        f"pid {tmp_path}/pid; error_log stderr; events {{}}"
        f" http {{ access_log off; {places} include site.conf; }}",
        encoding="utf-8",
    )
    done = subprocess.run(
        [nginx, "-t", "-p", str(tmp_path), "-c", str(whole)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_caddy_understands_its_file() -> None:
    caddy = shutil.which("caddy")
    if caddy is None:
        pytest.skip("needs caddy")
    said = ["validate", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile")]
    done = subprocess.run([caddy, *said], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
