"""``mustela video list|show|edit`` and ``mustela search``."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from msgspec.structs import asdict

from mustela.console import AsJson, DatabaseUrl, DataDir, Printer, catalog_of, fail

Limit = Annotated[int, typer.Option("--limit", "-n", min=1, max=100_000, help="At most so many.")]
VideoId = Annotated[str, typer.Argument(help="The id of a video.")]


def _size(video: Any) -> str:
    if video.display_width is None:
        return ""
    return f"{video.display_width}×{video.display_height}"


def _duration(video: Any) -> str:
    if video.duration_seconds is None:
        return ""
    minutes, seconds = divmod(round(video.duration_seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"


COLUMNS = {
    "id": lambda video: video.id,
    "length": _duration,
    "picture": _size,
    "codec": lambda video: video.video_codec or video.audio_codec,
    "rating": lambda video: video.rating,
    "path": lambda video: video.path + (" (missing)" if video.missing_since else ""),
}


def commands() -> typer.Typer:
    """The commands of the collection."""
    app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    app.command("list")(list_videos)
    app.command("show")(show)
    app.command("edit")(edit)
    return app


def list_videos(
    context: typer.Context,
    limit: Limit = 100,
    sort: Annotated[
        str, typer.Option(help="A field; descending with - before it.")
    ] = "-created_at",
    tag: Annotated[str | None, typer.Option(help="Only videos with this tag.")] = None,
    codec: Annotated[str | None, typer.Option(help="Only videos of this codec.")] = None,
    missing: Annotated[
        bool | None, typer.Option("--missing/--present", help="Whether the file was found last.")
    ] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    json: AsJson = False,
) -> None:
    """List videos, newest first."""
    filters = {"tag": tag, "codec": codec, "missing": missing}
    _list(context, data_dir, database_url, json, limit, sort=sort, **filters)


def search(
    context: typer.Context,
    words: Annotated[list[str], typer.Argument(help="Words that must all occur in the path.")],
    limit: Limit = 100,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    json: AsJson = False,
) -> None:
    """Find videos by words of their name or folder; a word may begin anywhere."""
    _list(context, data_dir, database_url, json, limit, query=" ".join(words))


def _list(
    context: typer.Context,
    data_dir: Any,
    database_url: str | None,
    json: bool,
    limit: int,
    **options: Any,
) -> None:
    from mustela.video.repository import VideoRepository  # slow to load

    with catalog_of(context)(data_dir, database_url, "video list") as store:
        videos = VideoRepository(store).list_videos(limit, **options)
    Printer(json).print_records(videos, COLUMNS)


def show(
    context: typer.Context,
    id: VideoId,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    json: AsJson = False,
) -> None:
    """Show all that is known of a video."""
    from mustela.video.repository import VideoRepository  # slow to load

    with catalog_of(context)(data_dir, database_url, "video show") as store:
        video = VideoRepository(store).get(id)
    if video is None:
        fail(f"there is no video {id}")
    Printer(json).print_fields(video, video.asdict().items())


def edit(
    context: typer.Context,
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="The ids of videos.")],
    tag: Annotated[list[str] | None, typer.Option(help="A tag to add.")] = None,
    untag: Annotated[list[str] | None, typer.Option(help="A tag to take away.")] = None,
    rating: Annotated[int | None, typer.Option(min=0, max=5)] = None,
    note: Annotated[str | None, typer.Option(help="A note; empty for none.")] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    json: AsJson = False,
) -> None:
    """Change tags, rating or note of videos: of several, as one change."""
    from mustela.video.repository import VideoRepository  # slow to load

    edits: dict[str, Any] = {}
    if tag:
        edits["tags_add"] = tag
    if untag:
        edits["tags_remove"] = untag
    if rating is not None:
        edits["rating"] = rating
    if note is not None:
        edits["note"] = note or None
    if not edits:
        fail("say what to change: --tag, --untag, --rating or --note")
    with (
        catalog_of(context)(data_dir, database_url, "video edit") as store,
        store.transaction() as tx,
    ):
        videos = VideoRepository(tx)
        known = {video.id: video for video in videos.list_videos(len(ids), ids=ids)}
        for id in ids:
            if id not in known:
                fail(f"there is no video {id}")
        edited = videos.edit_many(ids, **edits)
        video = videos.get(ids[0]) if len(known) == 1 else None
    if video is not None:
        Printer(json).print_fields(video, video.asdict().items())
    else:
        Printer(json).print_fields(edited, asdict(edited).items())
