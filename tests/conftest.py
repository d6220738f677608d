"""Fixtures live in one `fix_*` module for each concern."""

pytest_plugins = [
    "tests.fix_browser",
    "tests.fix_engines",
    "tests.fix_postgres",
    "tests.fix_reports",
    "tests.radio.fix_radio",
    "tests.video.fix_videos",
]
