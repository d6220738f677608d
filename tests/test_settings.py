"""Where settings come from, and what is said when one is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mustela.http.access import is_loopback
from mustela.http.tokens import digest_of, find_token
from mustela.radio.rules.record import EpochRule, RadioRules
from mustela.setting_values import SettingError
from mustela.settings import Settings, documented

SECRET = "0123456789abcdefgh"


def load(environ: dict[str, str] | None = None, **explicit: Any) -> Settings:
    return Settings.load(environ=environ or {}, **explicit)


def test_without_any_source_the_defaults_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load()
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.database_url == f"sqlite:///{settings.data_dir / 'mustela.db'}"
    assert settings.is_local
    assert not settings.tokens_required
    assert settings.pictures_dir.parent == settings.data_dir
    assert not settings.in_memory


def test_later_sources_win(tmp_path: Path) -> None:
    config = tmp_path / "mustela.toml"
    config.write_text('port = 1\nworkers = 2\nhost = "10.0.0.1"\nallowed_hosts = ["a.org"]\n')
    settings = load(
        {"MUSTELA_CONFIG": str(config), "MUSTELA_PORT": "2", "MUSTELA_HOST": "10.0.0.2"},
        host="10.0.0.3",
        workers=None,
    )
    assert (settings.workers, settings.port, settings.host) == (2, 2, "10.0.0.3")
    assert settings.allowed_hosts == ("a.org",)


def test_a_variable_holds_a_list_with_commas_and_paths_are_made_absolute() -> None:
    settings = load({"MUSTELA_ALLOWED_HOSTS": "a.org, b.org,", "MUSTELA_DATA_DIR": "~/x"})
    assert settings.allowed_hosts == ("a.org", "b.org")
    assert settings.data_dir == Path.home() / "x"
    assert load({"MUSTELA_TEST_ANYTHING": "1", "OTHER": "2"}) == load()


@pytest.mark.parametrize(
    ("variable", "value", "allowed"),
    [
        ("MUSTELA_PORT", "many", "a whole number from 0 to 65535"),
        ("MUSTELA_PORT", "65536", "a whole number from 0 to 65535"),
        ("MUSTELA_MAX_BODY_BYTES", "1", "a whole number from 1024 upwards"),
        ("MUSTELA_STATEMENT_TIMEOUT_SECONDS", "0", "a number above 0"),
        ("MUSTELA_LOG_FORMAT", "xml", "json or text"),
        ("MUSTELA_ACCESS_LOG", "maybe", "true or false"),
        ("MUSTELA_DATA_DIR", "", "a path"),
        ("MUSTELA_HOST", "", "some text"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(
    variable: str, value: str, allowed: str
) -> None:
    with pytest.raises(SettingError) as caught:
        load({variable: value})
    assert variable in caught.value.message
    assert repr(value) in caught.value.message
    assert f"it takes {allowed}." in caught.value.message


def test_a_list_that_is_none_is_refused(tmp_path: Path) -> None:
    config = tmp_path / "c.toml"
    config.write_text("allowed_hosts = 3\n")
    with pytest.raises(SettingError, match="it takes a list"):
        load(config=config)


def test_a_mistyped_name_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    config = tmp_path / "c.toml"
    config.write_text("cache_byte = 3\n")
    for wrong in ({"MUSTELA_CACHE_BYTE": "3"}, {"MUSTELA_CONFIG": str(config)}):
        with pytest.raises(SettingError, match="did you mean cache_bytes"):
            load(wrong)
    with pytest.raises(SettingError, match="no such setting"):
        load(zzz=1)


def test_a_settings_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="cannot be read"):
        load(config=tmp_path / "absent.toml")
    bad = tmp_path / "bad.toml"
    bad.write_text("port = = 3")
    with pytest.raises(SettingError, match="is not TOML"):
        load(config=bad)


def test_tokens_are_kept_as_hashes_and_never_shown(tmp_path: Path) -> None:
    (tmp_path / "tokens").write_text(f"# ours\n\nadmin:sha256:{digest_of(SECRET).hex()}\n")
    settings = load({"MUSTELA_TOKENS": f"ann=read:{SECRET}x"}, data_dir=tmp_path)
    assert [(token.name, token.role) for token in settings.tokens] == [
        ("ann", "read"),
        ("admin", "admin"),
    ]
    assert SECRET not in repr(settings)
    found = find_token(settings.tokens, SECRET)
    assert found is not None
    assert found.role == "admin"
    assert find_token(settings.tokens, "guess") is None


@pytest.mark.parametrize("text", [SECRET, f"owner:{SECRET}", "read:short", "x y=read:" + SECRET])
def test_a_malformed_token_is_refused_without_telling_it(text: str, tmp_path: Path) -> None:
    with pytest.raises(SettingError) as caught:
        load({"MUSTELA_TOKENS": text})
    assert SECRET not in caught.value.message
    (tmp_path / "tokens").write_text(text)
    with pytest.raises(SettingError, match="the tokens file"):
        load(data_dir=tmp_path)
    with pytest.raises(SettingError, match="cannot be read"):
        load(tokens_file=tmp_path / "absent")


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("127.0.0.2:80", True),
        ("[::1]:80", True),
        ("::1", True),
        ("x.localhost", True),
        ("0.0.0.0", False),
        ("example.org", False),
        ("localhost.example.org", False),
    ],
)
def test_loopback_names_are_told_from_others(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_whoever_can_be_reached_from_elsewhere_requires_tokens() -> None:
    assert load(host="0.0.0.0").tokens_required
    assert load(allowed_hosts=["films.example.org"]).tokens_required
    assert load(require_tokens=True).tokens_required
    assert load(database_url="sqlite:///:memory:").in_memory


def test_every_setting_is_documented() -> None:
    lines = list(documented())
    assert {line.name for line in lines} == set(Settings.__struct_fields__)
    for line in lines:
        assert line.variable == f"MUSTELA_{line.name.upper()}"
        assert line.description.endswith(".")


def test_the_rules_of_the_radio_collection_are_a_table_or_json(tmp_path: Path) -> None:
    config = tmp_path / "mustela.toml"
    config.write_text(
        '[radio]\nbands = [{name = "low", minimum_hz = 1.2e8, maximum_hz = 1.8e8}]\n'
        "[radio.epochs]\nonly_current = false\n[radio.grading]\nnoise_ratio_fail = 3.5\n"
    )
    rules = load(config=config).radio
    assert rules is not None
    assert rules.band_of(1.5e8) == "low"
    assert (rules.epochs.only_current, rules.epochs.once) == (False, True)
    assert rules.grading.noise_ratio_fail == 3.5
    assert load({"MUSTELA_RADIO": '{"epochs": {"once": false}}'}).radio == RadioRules(
        epochs=EpochRule(once=False)
    )
    assert load().radio is None
    with pytest.raises(SettingError, match="nonsense"):
        load({"MUSTELA_RADIO": '{"nonsense": 1}'})


def test_pictures_are_shared_where_a_directory_is_named_for_them(tmp_path: Path) -> None:
    own = load(data_dir=tmp_path)
    assert (own.pictures_dir, own.pictures_are_shared) == (tmp_path / "pictures", False)
    shared = load({"MUSTELA_PICTURES_DIR": str(tmp_path / "share")}, data_dir=tmp_path)
    assert (shared.pictures_dir, shared.pictures_are_shared) == (tmp_path / "share", True)


def test_a_proxy_is_trusted_by_its_address_or_network() -> None:
    assert load().trusted_proxies == ("127.0.0.1", "::1")
    said = {"MUSTELA_TRUSTED_PROXIES": "10.0.0.5, fd00::/8"}
    assert Settings.load(environ=said).trusted_proxies == ("10.0.0.5", "fd00::/8")
    assert Settings.load(environ={"MUSTELA_TRUSTED_PROXIES": ""}).trusted_proxies == ()
    for wrong in ("proxy.example.org", "10.0.0.1/8", "10.0.0"):
        with pytest.raises(SettingError, match=r"MUSTELA_TRUSTED_PROXIES.*addresses and networks"):
            Settings.load(environ={"MUSTELA_TRUSTED_PROXIES": wrong})
