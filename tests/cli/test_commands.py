"""What each command prints and answers."""

from __future__ import annotations

from pathlib import Path

import pytest

import mustela as package
from tests.cli.conftest import Run
from tests.make_video import make_video, truncate
from tests.media import NAMES

pytestmark = pytest.mark.usefixtures("unmeasured_processes")


def test_without_arguments_the_help_names_every_command(mustela: Run) -> None:
    shown = mustela()
    for command in ("serve", "scan", "search", "video", "jobs", "roots", "db"):
        assert f"\n  {command} " in shown.out + shown.err


def test_the_version_is_the_packages(mustela: Run) -> None:
    assert mustela("--version").out == f"mustela {package.__version__}\n"


@pytest.mark.parametrize("group", ["video", "jobs", "roots", "db"])
def test_a_group_without_a_command_shows_its_help(mustela: Run, group: str) -> None:
    shown = mustela(group, "--help")
    assert shown.status == 0
    assert f"Usage: mustela {group} " in shown.out


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["db", "nonsense"],
        ["video", "show"],
        ["scan"],
        ["serve", "--port", "99999"],
        ["serve", "--port", "many"],
        ["serve", "--workers", "0"],
        ["video", "list", "--limit", "0"],
        ["video", "edit", "x", "--rating", "6"],
        ["jobs", "list", "--status", "bogus"],
        ["roots", "add", "here", "--nonsense"],
    ],
)
def test_wrong_arguments_are_exit_status_2_with_a_reason(mustela: Run, words: list[str]) -> None:
    refused = mustela(*words)
    assert (refused.status, refused.out) == (2, "")
    assert "Usage: " in refused.err
    assert "Error: " in refused.err
    assert "Traceback" not in refused.err


def test_a_scan_makes_a_root_and_says_what_it_found(mustela: Run, library: Path) -> None:
    done = mustela("scan", library)
    assert (done.status, done.out) == (0, "")
    assert done.err == f"{library}: 3 catalogued\n"
    assert [root["path"] for root in mustela("roots", "list", "--json").json] == [str(library)]
    again = mustela("scan", library)
    assert again.err == f"{library}: 3 unchanged\n"


def test_a_scan_as_json_is_the_job_with_its_result(mustela: Run, library: Path) -> None:
    done = mustela("scan", library, "--json", "--exclude", "trip/")
    (job,) = done.json
    assert done.err == ""
    assert job["type"] == "video.scan"
    assert job["status"] == "completed"
    assert job["actor"] == "command:scan"
    assert job["result"]["catalogued"] == 2
    assert job["result"]["excluded_directories"] == 1


def test_a_scan_need_not_go_into_sub_directories(mustela: Run, library: Path) -> None:
    assert mustela("scan", library, "--no-recursive").err == f"{library}: 2 catalogued\n"


def test_a_scan_with_unreadable_files_is_exit_status_1_and_names_them(
    mustela: Run, library: Path
) -> None:
    truncate(library / "beach.mp4", 0.5)
    done = mustela("scan", library)
    assert done.status == 1
    assert "2 catalogued, 1 failed" in done.err
    assert "beach.mp4: " in done.err
    assert mustela("scan", library).status == 1, "they are failed as long as they do not change"
    make_video(library / "beach.mp4", frames=5)
    assert "1 failed" not in mustela("scan", library, "--retry-failed").err


def test_several_directories_are_scanned_at_once(mustela: Run, library: Path) -> None:
    done = mustela("scan", library / "trip", library.parent / "library" / "trip")
    assert done.status == 0
    assert done.err.count("1 catalogued") == 1
    assert done.err.count("1 unchanged") == 1


def test_an_empty_directory_after_a_full_one_marks_nothing_and_says_why(
    mustela: Run, scanned: Path
) -> None:
    aside = scanned.rename(scanned.with_name("aside"))
    scanned.mkdir()
    distrusted = mustela("scan", scanned)
    assert "  " in distrusted.err
    assert mustela("video", "list", "--missing", "--json").json == []
    assert "3 missing" in mustela("scan", scanned, "--trust-root").err
    assert len(mustela("video", "list", "--missing", "--json").json) == 3
    assert aside.is_dir()


def test_videos_are_listed_in_a_table_or_as_whole_records(mustela: Run, scanned: Path) -> None:
    table = mustela("video", "list", "--sort", "filename")
    assert table.lines[0].split() == ["id", "length", "picture", "codec", "rating", "path"]
    assert [line[line.index(str(scanned)) :].strip() for line in table.lines[1:]] == [
        str(scanned / name) for name in NAMES
    ]
    records = mustela("video", "list", "--sort", "-filename", "--json").json
    assert [record["filename"] for record in records] == [
        "mountain.mp4",
        "harbour at dawn.mp4",
        "beach.mp4",
    ]
    assert records[0]["duration_frames"] == 7
    assert records[0]["created_at"].endswith("Z")
    assert len(mustela("video", "list", "-n", "2", "--json").json) == 2


def test_videos_are_listed_by_what_they_are(mustela: Run, scanned: Path) -> None:
    first = mustela("video", "list", "--json").json[0]["id"]
    mustela("video", "edit", first, "--tag", "b-roll")
    assert [one["id"] for one in mustela("video", "list", "--tag", "b-roll", "--json").json] == [
        first
    ]
    assert mustela("video", "list", "--codec", "prores", "--json").json == []
    assert len(mustela("video", "list", "--codec", "h264", "--present", "--json").json) == 3
    (scanned / "beach.mp4").unlink()
    mustela("scan", scanned)
    assert mustela("video", "list", "--missing").out.count("(missing)") == 1


def test_search_finds_parts_of_words_in_any_order(mustela: Run, scanned: Path) -> None:
    (found,) = mustela("search", "DAWN", "arbou", "--json").json
    assert found["filename"] == "harbour at dawn.mp4"
    assert mustela("search", "nowhere").out.splitlines()[1:] == []
    assert len(mustela("search", "mp4", "-n", "1", "--json").json) == 1
    assert "mountain.mp4" in mustela("search", "trip").out


def test_a_video_is_shown_with_the_fields_it_has(mustela: Run, scanned: Path) -> None:
    (record,) = mustela("search", "beach", "--json").json
    shown = mustela("video", "show", record["id"])
    fields = dict(line.split(None, 1) for line in shown.lines)
    assert fields["path"].strip() == str(scanned / "beach.mp4")
    assert fields["video_codec"].strip() == "h264"
    assert "rating" not in fields
    assert mustela("video", "show", record["id"], "--json").json == record


def test_an_edit_changes_what_it_names_and_is_remembered_as_the_commands(
    mustela: Run, scanned: Path
) -> None:
    id_ = mustela("search", "beach", "--json").json[0]["id"]
    edited = mustela(
        "video", "edit", id_, "--tag", "sea", "--tag", "sea", "--tag", "sun", "--rating", "4"
    )
    assert edited.status == 0
    assert "sea, sun" in edited.out
    record = mustela("video", "edit", id_, "--untag", "sun", "--note", "low tide", "--json").json
    assert (record["tags"], record["rating"], record["note"]) == (["sea"], 4, "low tide")
    assert mustela("video", "edit", id_, "--note", "", "--json").json["note"] is None


def test_several_videos_are_edited_as_one_change(mustela: Run, scanned: Path) -> None:
    ids = [video["id"] for video in mustela("video", "list", "--json").json]
    edited = mustela("video", "edit", *ids[:2], "--tag", "sea", "--rating", "2", "--json").json
    assert edited["changed"] == 2
    assert mustela("video", "edit", *ids, "--tag", "sea").lines[1].split() == ["changed", "1"]
    assert len(mustela("video", "list", "--tag", "sea", "--json").json) == 3
    refused = mustela("video", "edit", ids[0], "nobody", "--rating", "5")
    assert (refused.status, refused.err) == (2, "mustela: there is no video nobody\n")
    assert mustela("video", "show", ids[0], "--json").json["rating"] == 2


def test_roots_are_added_listed_and_removed_with_their_records(mustela: Run, library: Path) -> None:
    added = mustela("roots", "add", library, "--exclude", "trip/", "--json").json
    assert (added[0]["path"], added[0]["exclude"]) == (str(library), ["trip/"])
    assert mustela("scan", library).err == f"{library}: 2 catalogued\n"
    assert str(library) in mustela("roots", "list").out
    removed = mustela("roots", "remove", f"{library}/")
    assert (removed.status, removed.err) == (0, f"{library} is no longer watched\n")
    assert mustela("roots", "list", "--json").json == []
    assert mustela("video", "list", "--json").json == []
    again = mustela("roots", "add", library, "--json").json
    assert mustela("roots", "remove", again[0]["id"]).status == 0


def test_jobs_are_listed_shown_and_their_logs_printed(mustela: Run, scanned: Path) -> None:
    jobs = mustela("jobs", "list", "--type", "video.scan", "--json").json
    assert [job["status"] for job in jobs] == ["completed"]
    assert "video.scan" in mustela("jobs", "list", "--status", "completed").out
    assert mustela("jobs", "list", "--status", "failed", "--json").json == []
    id_ = jobs[0]["id"]
    assert mustela("jobs", "show", id_, "--json").json == jobs[0]
    assert "completed" in mustela("jobs", "show", id_).out
    assert mustela("jobs", "logs", id_).status == 0
    assert mustela("jobs", "cancel", id_, "--json").json["status"] == "completed"


def test_jobs_are_paused_and_resumed(mustela: Run, scanned: Path) -> None:
    assert mustela("jobs", "pause", "--json").json[0]["type"] is None
    held = mustela("jobs", "pause", "--type", "video.scan")
    assert "(all jobs)" in held.out
    assert "video.scan" in held.out
    assert "command:jobs pause" in held.out
    assert len(mustela("jobs", "resume", "--json").json) == 1
    assert mustela("jobs", "resume", "--type", "video.scan", "--json").json == []
    job = mustela("jobs", "list", "--json").json[0]
    for command in ("pause", "resume"):
        assert mustela("jobs", command, job["id"], "--json").json == job  # it is over
        mustela("jobs", command, "nobody").refused("there is no job nobody")
        mustela("jobs", command, "nobody", "--type", "video.scan").refused("not both")


def test_a_type_that_nobody_knows_is_not_paused(mustela: Run) -> None:
    mustela("jobs", "pause", "--type", "video.scam").refused("known are: ", "video.scan")
    assert mustela("jobs", "resume", "--type", "video.scam", "--json").json == []


def test_a_jobs_log_has_what_went_wrong(mustela: Run, library: Path) -> None:
    mustela("scan", library)
    library.rename(library.with_name("unplugged"))
    assert mustela("scan", library).status == 2, "it is not there"
    library.mkdir()
    mustela("scan", library)
    newest = mustela("jobs", "list", "--type", "video.scan", "-n", "1", "--json").json[0]
    assert " warning: " in mustela("jobs", "logs", newest["id"]).out


def test_the_database_is_saved_checked_and_restored(
    mustela: Run, scanned: Path, tmp_path: Path
) -> None:
    assert mustela("db", "check").err == "no damage found\n"
    assert [line.split(":")[0] for line in mustela("db", "current").lines] == [
        "files",
        "jobs",
        "radio",
        "store",
        "video",
    ]
    backup = mustela("db", "backup", tmp_path / "saved").out.strip()
    mustela("roots", "remove", scanned)
    assert mustela("video", "list", "--json").json == []
    restored = mustela("db", "restore", backup)
    assert restored.status == 0
    assert "the one before is" in restored.err
    assert len(mustela("video", "list", "--json").json) == 3
    assert mustela("db", "upgrade").err == "nothing to do\n"


def test_a_database_is_created_taken_back_and_upgraded(mustela: Run) -> None:
    assert mustela("db", "upgrade").err == "created\n"
    taken = mustela("db", "downgrade", "video@base")
    assert taken.status == 0, taken
    assert "the database was saved as " in taken.err
    assert "video" not in mustela("db", "current").out
    upgraded = mustela("db", "upgrade")
    assert upgraded.err.endswith("upgraded\n")
    assert "the old database was saved as " in upgraded.err


@pytest.mark.unmeasured
@pytest.mark.slow
def test_the_migrations_can_be_proved_by_who_runs_them(mustela: Run) -> None:
    proved = mustela("db", "verify")
    assert proved.status == 0
    assert "video_0001: up, down and up again" in proved.out
    assert "hold on sqlite" in proved.err
