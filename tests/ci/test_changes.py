"""Which changes run the matrix: the workflow's own patterns, on samples of what people change."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from tests.ci.paths_filter import UnknownPattern, classify, expression, predicate
from tests.ci.scripts import PROJECT, steps, workflow

DOCUMENTS = [
    ["README.md"],
    ["CHANGELOG.md", "CONTRIBUTING.md"],
    ["docs/how-to/run-on-one-machine.md", "docs/images/page.png"],
    ["docs/images/new/picture one.svg"],
    ["examples/service/README.md"],
    [".github/pull_request_template.md"],
    [".hidden/note.md"],
    ["docs/decisions/0001-apsw.md"],
]
CODE = [
    ["src/mustela/app.py"],
    ["README.md", "src/mustela/app.py"],
    ["docs/generate.py", "docs/reference/settings.md"],
    ["src/mustela/web/index.html"],
    ["src/mustela/web/style/grid.css"],
    ["src/mustela/radio/migrations/versions/radio_0001_first.sqlite.sql"],
    ["tests/docs/test_links.py"],
    ["examples/service/stoats.py"],
    ["benchmarks/jobs.py"],
    ["pyproject.toml"],
    ["requirements/dev.txt"],
    ["Makefile"],
    [".ci/run"],
    [".github/workflows/ci.yml"],
    [".github/ci_status.py"],
    ["deploy/compose.yaml"],
    ["deploy/Containerfile"],
    ["LICENSE"],
    ["NOTICE"],
    [".gitignore"],
    ["docs/example.toml"],
    ["notes.md.py"],
    ["a-file-that-nobody-has-thought-of"],
    ["docs/image.png"],
    ["documentation.mdx"],
]


@cache
def filter_step() -> dict[str, Any]:
    (found,) = (
        step
        for step in steps(workflow("ci.yml")["jobs"]["changes"])
        if step.get("uses", "").startswith("dorny/paths-filter@")
    )
    return found


def code_in(files: list[str]) -> bool:
    given = filter_step()["with"]
    return bool(classify(given["filters"], given["predicate-quantifier"], files)["code"])


@pytest.mark.parametrize("files", DOCUMENTS, ids=" ".join)
def test_a_change_of_documents_alone_leaves_the_matrix_out(files: list[str]) -> None:
    assert not code_in(files)


@pytest.mark.parametrize("files", CODE, ids=" ".join)
def test_a_change_of_anything_else_runs_the_matrix(files: list[str]) -> None:
    assert code_in(files)


def test_every_file_of_the_project_is_code_unless_it_is_a_document() -> None:
    tops = ("src", "tests", "examples", "benchmarks", "requirements", "docs", "deploy", ".github")
    files = [
        path.relative_to(PROJECT)
        for top in tops
        for path in (PROJECT / top).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    assert len(files) > 900
    given = filter_step()["with"]
    named = [file.as_posix() for file in files]
    found = classify(given["filters"], given["predicate-quantifier"], named)["code"]
    assert found == [
        file.as_posix()
        for file in files
        if file.suffix != ".md" and file.parts[:2] != ("docs", "images")
    ]


def test_the_filter_says_what_the_other_jobs_ask_for() -> None:
    step = filter_step()
    given = step["with"]
    assert list(classify(given["filters"], given["predicate-quantifier"], [])) == ["code"]
    said = workflow("ci.yml")["jobs"]["changes"]["outputs"]["code"]
    assert f"steps.{step['id']}.outputs.code" in said


def test_what_there_is_nothing_to_compare_with_runs_everything() -> None:
    """The filter is left out, and what is said instead is ``true``."""
    changes = workflow("ci.yml")["jobs"]["changes"]
    assert changes["outputs"]["code"] == (
        "${{ github.event_name == 'workflow_dispatch' || github.ref_type == 'tag'"
        " || steps.filter.outputs.code }}"
    )
    assert filter_step()["if"] == (
        "github.event_name != 'workflow_dispatch' && github.ref_type != 'tag'"
    )


# ---------------------------------------------------------------------------- the translation


@pytest.mark.parametrize(
    ("pattern", "matches", "does_not"),
    [
        ("**/*.md", ["a.md", "a/b.md", "a/b/c.md", ".a/.b.md", ".md"], ["a.mdx", "a.md/b", "md"]),
        ("docs/**", ["docs/a", "docs/a/b", "docs/.a", "docs"], ["docs2/a", "a/docs/b", "doc"]),
        ("docs/images/**", ["docs/images/a.png"], ["docs/images2/a", "docs/a", "images/a"]),
        ("*.md", ["a.md", ".a.md"], ["a/b.md"]),
        ("src/*", ["src/a", "src/.a"], ["src/a/b", "src", "src/"]),
        ("LICENSE", ["LICENSE"], ["LICENSES", "a/LICENSE"]),
        ("docs/a.b", ["docs/a.b"], ["docs/axb"]),
    ],
)
def test_patterns_mean_what_they_mean_to_picomatch(
    pattern: str, matches: list[str], does_not: list[str]
) -> None:
    found = expression(pattern)
    assert [file for file in matches if not found.fullmatch(file)] == []
    assert [file for file in does_not if found.fullmatch(file)] == []
    opposite = predicate(f"!{pattern}")
    assert not any(map(opposite, matches))
    assert all(map(opposite, does_not))


@pytest.mark.parametrize(
    "pattern",
    [
        "**",
        "a/**/b",
        "**/a/**",
        "a**",
        "**.md",
        "*a*",
        "?",
        "a?.md",
        "[ab].md",
        "{a,b}",
        "!(a)",
        "!!a",
        "+(a)",
        "@(a|b)",
        "a|b",
        "a//b",
        "./a",
        "../a",
        "...a/b",
        "a*/b",
        "a*/**",
        "/a",
        "a/",
        "",
        "a\\*",
        "a b*",
    ],
)
def test_a_pattern_of_another_form_is_refused(pattern: str) -> None:
    with pytest.raises(UnknownPattern):
        predicate(pattern)


def test_a_negation_is_refused_where_versions_of_the_action_disagree() -> None:
    filters = "code: ['src/**', '!src/**']"
    with pytest.raises(UnknownPattern):
        classify(filters, "some", ["src/a"])
    assert classify(filters, "every", ["src/a", "b"]) == {"code": []}
    assert classify("code: ['src/**', '*.toml']", "some", ["src/a", "b.toml", "c"]) == {
        "code": ["src/a", "b.toml"]
    }
