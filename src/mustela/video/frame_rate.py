"""Which of the rates that FFmpeg knows is the frame rate."""

from __future__ import annotations

from fractions import Fraction

from av.video.stream import VideoStream

from mustela.video.media import codec_context


def frame_rate(stream: VideoStream) -> Fraction | None:
    """Frames per second, exactly; ``None`` where only the clock of the container is known.

    In this order, for these reasons:

    - the mean over the stream (``avg_frame_rate``): where the rate is constant it is the rate, as
      the container or the codec writes it (30000/1001); where it varies, frames and duration agree
      with it. Interlaced pictures count as frames, not fields.
    - what the codec says of itself, where the container is too short or too simple for a mean;
    - the smallest rate of which all time stamps are multiples (``r_frame_rate``). For a varying
      rate that can be far too high, and for fields it is double; so it comes last.

    A "rate" that is only the container's clock of 1/1000 s, as WMV, FLV and some WebM files have
    it, is none.
    """
    clock = 1 / stream.time_base if stream.time_base else None
    context = codec_context(stream)
    of_codec = None if context is None else context.framerate
    for rate in (stream.average_rate, of_codec, stream.base_rate):
        if rate and rate > 0 and not (rate == clock and rate >= 1000):
            return rate
    return None
