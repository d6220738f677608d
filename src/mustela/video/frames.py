"""Frames of a video at given times, as pictures the way a player shows them."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from fractions import Fraction

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Discard
from av.video.frame import VideoFrame
from av.video.reformatter import ColorTrc, Interpolation
from av.video.stream import VideoStream
from PIL import Image

from mustela.video.probe import display_size
from mustela.video.side_data import side_data
from mustela.video.tone import tone_mapped

#: A damaged file may hold any number of packets that cannot be decoded.
_BAD_PACKETS = 50
_TURNS = {
    1: Image.Transpose.ROTATE_270,  # Pillow turns counterclockwise
    2: Image.Transpose.ROTATE_180,
    3: Image.Transpose.ROTATE_90,
}


class Footage:
    """One opened video stream. Times are seconds from its first frame."""

    def __init__(self, container: InputContainer, stream: VideoStream) -> None:
        self._container = container
        self._stream = stream
        self._rotation = side_data(container, stream.index).rotation
        for other in container.streams:
            if other is not stream:
                other.discard = Discard.all  # not even read, where the container has an index
        # Many files are read at once in processes of their own; threads would only add memory.
        stream.codec_context.thread_count = 1

    @property
    def duration(self) -> Fraction | None:
        stream = self._stream
        if stream.duration and stream.time_base:
            return stream.duration * stream.time_base
        if self._container.duration:
            return Fraction(self._container.duration, av.time_base)
        return None

    def time_of(self, frame: VideoFrame) -> float:
        # The stream's time base: a frame out of an emptied decoder has none of its own.
        if frame.pts is None or not self._stream.time_base:
            return 0.0
        return max(0.0, float(frame.pts * self._stream.time_base - self._start))

    @property
    def _start(self) -> Fraction:
        stream = self._stream
        return (stream.start_time or 0) * (stream.time_base or Fraction(0))

    def keyframe_before(self, seconds: float) -> VideoFrame | None:
        """The last key frame at or before that time: one frame is decoded."""
        self._seek(seconds)
        for packet in self._packets():
            if not packet.is_keyframe or not packet.size:
                continue
            try:
                frames = self._stream.decode(packet) or self._stream.decode(None)
            except FFmpegError:
                return None
            return frames[0] if frames else None
        return None

    def frames(self, seconds: float | None = None) -> Iterator[VideoFrame]:
        """All frames from the key frame before that time on; without a time, from here on.

        What cannot be decoded is left out.
        """
        if seconds is not None:
            self._seek(seconds)
        bad = 0
        for packet in self._packets():
            try:
                yield from packet.decode()
            except FFmpegError:
                bad += 1
                if bad == _BAD_PACKETS:
                    return

    def _seek(self, seconds: float) -> None:
        if not self._stream.time_base:
            return
        place = self._start + Fraction(seconds)
        with contextlib.suppress(FFmpegError):  # no index, no way without: go on from here
            self._container.seek(int(place / self._stream.time_base), stream=self._stream)

    def _packets(self) -> Iterator[av.Packet[VideoStream]]:
        with contextlib.suppress(FFmpegError):  # it ends here, whatever its header says
            yield from self._container.demux(self._stream)

    def near(self, seconds: float, tolerance: float, at_most: int) -> VideoFrame | None:
        """The frame at that time, found by the file's index.

        The key frame before it, where that is within ``tolerance`` seconds; else the frames from
        there on are decoded, but ``at_most`` so many.
        """
        frame = self.keyframe_before(seconds)
        late = 0.0 if frame is None else self.time_of(frame) - seconds
        if frame is not None and abs(late) <= tolerance:
            return frame
        # Without an index (MPEG-TS) seeking may lead too far.
        start = max(0.0, seconds - 2 * late - 1) if late > 0 else seconds
        return self._walk(self.frames(start), seconds, at_most) or frame

    def near_from_start(self, seconds: float, at_most: int) -> VideoFrame | None:
        """The frame at that time or, of ``at_most`` so many, the last before it; without index."""
        return self._walk(self.frames(), seconds, at_most)

    def _walk(
        self, frames: Iterator[VideoFrame], seconds: float, at_most: int
    ) -> VideoFrame | None:
        self._stream.codec_context.skip_frame = "NONREF"  # those that no other frame needs
        last = None
        for last in itertools.islice(frames, at_most):
            if self.time_of(last) >= seconds:
                break
        self._stream.codec_context.skip_frame = "DEFAULT"
        return last

    def shown_size(self, frame: VideoFrame) -> tuple[int, int]:
        """The size at which a player shows it: square pixels, turned."""
        aspect = self._stream.sample_aspect_ratio or None
        return display_size(frame.width, frame.height, aspect, self._rotation) or (1, 1)

    def picture(self, frame: VideoFrame, size: tuple[int, int]) -> Image.Image:
        """The frame the right way up in that size, in colours for an ordinary screen."""
        turns = round((self._rotation or 0) / 90) % 4
        width, height = reversed(size) if turns % 2 else size
        small = frame.reformat(
            width=width, height=height, format="rgb24", interpolation=Interpolation.AREA
        )
        image: Image.Image = small.to_image()  # type: ignore[no-untyped-call] # PyAV's
        if frame.color_trc == ColorTrc.SMPTE2084:
            image = tone_mapped(image)
        return image.transpose(_TURNS[turns]) if turns else image


def fitted(size: tuple[int, int], longest: int) -> tuple[int, int]:
    """That shape with a longest side of so many pixels."""
    width, height = size
    scale = Fraction(longest, max(size))
    return max(1, round(width * scale)), max(1, round(height * scale))
