"""Opening a media file, and the streams of it that matter. Runs in child processes only."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import av.error
from av.audio.stream import AudioStream
from av.codec.context import CodecContext
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition, Stream
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from mustela.files.failure import Unreadable

#: The containers that are read, by FFmpeg's names, whatever a file is called. FFmpeg knows many
#: more "containers": playlists, which would have it open other files or the network (``hls``,
#: ``dash``, ``concat``), still images, text, and recordings of this machine's screen.
CONTAINERS = (
    "3gp,apng,apv,asf,av1,avi,avs2,avs3,bink,cavsvideo,cine,dhav,dirac,dv,evc,flic,flv,gif,"
    "gxf,h261,h263,h264,hevc,ipmovie,ivf,ivr,jpegxl_anim,kux,lvf,lxf,m4v,matroska,mjpeg,mlv,"
    "mov,mpeg,mpegts,mpegvideo,mtv,mv,mxf,nsv,nut,nuv,obu,ogg,pva,r3d,rm,roq,ser,smk,swf,ty,"
    "usm,vc1,vivo,vvc,wtv,xmv,yuv4mpegpipe,"
    # sound alone
    "aac,ac3,ac4,aiff,amr,ape,asf_o,au,caf,dsf,dts,dtshd,eac3,flac,mp3,mpc,mpc8,oma,shn,tak,"
    "truehd,tta,voc,w64,wav,wv,xwma"
)

_OPTIONS = {"format_whitelist": CONTAINERS, "protocol_whitelist": "file"}

#: To learn of a stream FFmpeg decodes its first frames. What their pixels are does not matter to
#: who only reads headers, and is most of that work.
_WITHOUT_PIXELS = {"skip_loop_filter": "all", "skip_idct": "all"}
#: Nor do the frames after the first key frame: the codec's headers come with that one. From the
#: others FFmpeg learns only how far H.264 frames are out of order, which no field here tells.
_KEY_FRAMES = {**_WITHOUT_PIXELS, "skip_frame": "nokey"}

#: Pictures that accompany the video, and are not it.
_NOT_THE_VIDEO = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
_LESS_LIKELY = Disposition.dependent | Disposition.non_diegetic | Disposition.comment


@contextmanager
def open_media(
    path: bytes | str | os.PathLike[str], *, headers_only: bool = False
) -> Iterator[InputContainer]:
    """The file, opened by its content; ``Unreadable`` at the stage ``open``.

    With ``headers_only`` it is opened sooner, and frames that are decoded are not to be looked at.
    """
    container = _open(path, _KEY_FRAMES if headers_only else None)
    if headers_only and _begins_without_a_key_frame(container):
        container.close()
        container = _open(path, _WITHOUT_PIXELS)
    with container:
        yield container


def _open(path: bytes | str | os.PathLike[str], options: dict[str, str] | None) -> InputContainer:
    # With its protocol named, no part of a file's name can be taken for one (http:...).
    url = "file:" + os.fsdecode(path)
    try:
        return av.open(
            url,
            "r",
            options=options,
            container_options=_OPTIONS,
            metadata_errors="replace",
            timeout=None,
        )
    except FFmpegError as error:
        raise Unreadable("open", _why(path, error)) from error


def _begins_without_a_key_frame(container: InputContainer) -> bool:
    """Whether no frame was decoded, so that what a frame's headers tell is not known yet.

    A stream that was cut in its middle, or that is refreshed bit by bit, may have its first key
    frame far away, or none. The pixel format is known from any frame, and where it stands in the
    container no frame is needed.
    """
    stream = video_stream(container)
    context = None if stream is None else codec_context(stream)
    return context is not None and context.pix_fmt is None


def _why(path: bytes | str | os.PathLike[str], error: FFmpegError) -> str:
    try:
        size = Path(os.fsdecode(path)).stat().st_size
    except OSError as missing:
        return f"the file cannot be opened: {missing.strerror}"
    if size == 0:
        return "the file is empty: it has no bytes"
    if isinstance(error, av.error.PermissionError):
        return "the file cannot be opened: permission denied"
    if isinstance(error, av.error.InvalidDataError | av.error.ArgumentError | av.error.EOFError):
        return "not a video or audio file that can be read, or its header is damaged or cut off"
    return f"the file cannot be opened: {error.strerror}"


def video_stream(container: InputContainer) -> VideoStream | None:
    """The stream that is the video: the default track, never cover art or a thumbnail."""
    streams = [s for s in container.streams.video if not s.disposition & _NOT_THE_VIDEO]
    return max(streams, key=_likelihood, default=None)


def audio_stream(container: InputContainer) -> AudioStream | None:
    """The audio track that plays where nobody chooses another."""
    return max(container.streams.audio, key=_likelihood, default=None)


def cover_art(container: InputContainer) -> VideoStream | None:
    pictures = [s for s in container.streams.video if s.disposition & Disposition.attached_pic]
    return next(iter(pictures), None)


def _likelihood(stream: Stream) -> tuple[bool, bool, int]:
    return (
        bool(stream.disposition & Disposition.default),
        not stream.disposition & _LESS_LIKELY,
        -stream.index,
    )


def codec_context(stream: VideoStream) -> VideoCodecContext | None:
    """PyAV's annotations say that it is always there; without a decoder it is not."""
    return stream.codec_context


def codec_name(stream: VideoStream | AudioStream) -> str | None:
    """The codec's name, not its decoder's; ``None`` where FFmpeg has no decoder for it."""
    context: CodecContext | None = stream.codec_context
    return None if context is None else context.codec.canonical_name
