"""How the operator lists services."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mustela.setting_values import SettingError
from mustela.settings import Settings
from mustela.system.listed_service import BadService, ListedService, parse_services

REDIS = ListedService("redis", "tcp", "10.0.0.5", 6379)
PAGE = ListedService("page", "https", "example.org", 443, "/health?full=1")


def test_services_are_listed_as_texts_or_as_a_table() -> None:
    urls = {"redis": "tcp://10.0.0.5:6379", "page": "https://example.org/health?full=1"}
    assert parse_services(urls) == (REDIS, PAGE)
    assert parse_services([f"{name} = {url}" for name, url in urls.items()]) == (REDIS, PAGE)
    assert parse_services([REDIS]) == (REDIS,)
    (six,) = parse_services(["six=http://[::1]:8080"])
    assert (six.host, six.port, six.path) == ("::1", 8080, "/")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (["redis"], "not written NAME=URL"),
        (["Redis=tcp://a:1"], "no name"),
        (["disk=tcp://a:1"], "part of the server"),
        (["a=tcp://host"], "tcp://HOST:PORT"),
        (["a=ftp://host:1"], "tcp://HOST:PORT"),
        (["a=http:///path"], "tcp://HOST:PORT"),
        (["a=tcp://host:99999"], "cannot be read"),
        (["a=http://me:secret@host/"], "password"),
        (["a=http://host/\r\nX: y"], "letters"),
        (["a=http://host/ä"], "letters"),
        (["a=tcp://h:1", "a=tcp://h:2"], "two services are called a"),
        ({"a": 3}, "tcp://HOST:PORT"),
    ],
)
def test_what_is_no_service_is_refused_with_the_reason(value: Any, said: str) -> None:
    with pytest.raises(BadService, match=said):
        parse_services(value)


def test_the_setting_is_read_from_every_source(tmp_path: Path) -> None:
    variable = {
        "MUSTELA_SERVICES": "redis=tcp://10.0.0.5:6379, page=https://example.org/health?full=1"
    }
    assert Settings.load(environ=variable, data_dir=tmp_path).services == (REDIS, PAGE)
    config = tmp_path / "mustela.toml"
    config.write_text('[services]\nredis = "tcp://10.0.0.5:6379"\n')
    assert Settings.load(config=config, environ={}).services == (REDIS,)
    with pytest.raises(SettingError, match="MUSTELA_SERVICES is not allowed"):
        Settings.load(environ={"MUSTELA_SERVICES": "redis"}, data_dir=tmp_path)
