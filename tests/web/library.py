"""Made-up videos, as the API shows them."""

from __future__ import annotations

import colorsys
import io
from typing import Any

from PIL import Image, ImageDraw

Video = dict[str, Any]

SHAPES = [(1920, 1080), (3840, 2160), (1080, 1920), (1280, 720), (720, 576), (4096, 1716)]
CODECS = ["h264", "hevc", "av1", "prores", "vp9", "mpeg2video"]
PLACES = ["Harbour", "Glacier", "Night market", "Kestrel", "Interview", "Drone over the delta"]
HDR = [None, None, "hdr10", None, "dolby_vision", None, "hlg"]
TAGS = [(), ("b-roll",), ("birds", "slow motion"), (), ("interview",), ("to grade", "2024")]

HOSTILE = [
    "<img src=x onerror=alert(1)>.mp4",
    '"><script>document.title="owned"</script>.mov',
    "evil\u202egpj.mp4",
    "line\nbreak and \u0007 bell.mkv",
    "{{7*7}} ${7*7} &lt;b&gt;.mp4",
    "'; DROP TABLE videos; --.mp4",
]


def make_video(number: int, **fields: Any) -> Video:
    """The video of this number; every field of the record is there."""
    width, height = SHAPES[number % len(SHAPES)]
    seconds = 7.5 + number * 37 % 5000
    filename = f"{PLACES[number % len(PLACES)]} {number:05}.mp4"
    video: Video = {
        "id": f"v{number}",
        "root_id": "r1",
        "filename": filename,
        "duration_frames": round(seconds * 30000 / 1001),
        "frames_exact": number % 2 == 0,
        "frame_rate_numerator": 30000,
        "frame_rate_denominator": 1001,
        "width": width,
        "height": height,
        "display_width": width,
        "display_height": height,
        "pixel_aspect_numerator": 1,
        "pixel_aspect_denominator": 1,
        "rotation": 90 if height > width else 0,
        "video_codec": CODECS[number % len(CODECS)],
        "audio_codec": "aac",
        "container": "mp4",
        "bit_rate": 12_345_678,
        "pixel_format": "yuv420p10le",
        "field_order": "progressive",
        "hdr": HDR[number % len(HDR)],
        "audio_channels": 2,
        "audio_rate": 48000,
        "audio_languages": ["eng"],
        "subtitle_languages": ["deu", "fra"],
        "duration_seconds": seconds,
        "recorded_at": "2024-05-17T08:30:00Z",
        "start_timecode": "01:00:00:00",
        "file_size": 1_500_000 * (number + 1),
        "modified_at": "2024-05-18T10:00:00Z",
        "fingerprint": f"{number:032x}",
        "missing_since": "2025-01-02T03:04:05Z" if number % 17 == 4 else None,
        "tags": list(TAGS[number % len(TAGS)]),
        "rating": [None, 3, None, 5, 1][number % 5],
        "note": None,
        "thumbnail_path": None,
        "job_id": None,
        "created_at": "2025-01-01T00:00:00Z",
        "updated_at": "2025-01-01T00:00:00Z",
    }
    video |= fields
    video.setdefault("path", f"/media/footage/{video['filename']}")
    return video


def picture(video: Video) -> bytes:
    """A thumbnail that can be told from others."""
    width, height = video["display_width"], video["display_height"]
    scale = 320 / max(width, height)
    image = Image.new("RGB", (max(1, round(width * scale)), max(1, round(height * scale))))
    draw = ImageDraw.Draw(image)
    hue = (sum(video["id"].encode()) * 37 % 360) / 360
    height = image.height
    for row in range(height):
        shade = colorsys.hsv_to_rgb(hue + row / height / 6, 0.45, 0.85 - row / height / 2)
        draw.line([(0, row), (image.width, row)], fill=tuple(round(part * 255) for part in shade))
    draw.ellipse((image.width * 0.6, 20, image.width * 0.6 + 50, 70), fill=(250, 240, 220))
    draw.polygon(
        [(0, image.height), (image.width * 0.4, image.height * 0.5), (image.width, image.height)],
        fill=(40, 50, 45),
    )
    out = io.BytesIO()
    image.save(out, "JPEG")
    return out.getvalue()
