"""What stands where there is no picture."""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageFont

_SIZE = (320, 180)
_BACKGROUND = (38, 42, 48)
_SHAPE = (92, 101, 112)
_TEXT = (186, 194, 203)


def placeholder(words: str) -> Image.Image:
    """A strip of film without a picture in it, and a few words below."""
    image = Image.new("RGB", _SIZE, _BACKGROUND)
    draw = ImageDraw.Draw(image)
    left, top, right, bottom = 110, 38, 210, 110
    draw.rounded_rectangle((left, top, right, bottom), radius=8, outline=_SHAPE, width=4)
    for x in (left + 8, right - 16):
        for y in range(top + 10, bottom - 8, 14):
            draw.rectangle((x, y, x + 8, y + 6), fill=_SHAPE)
    draw.line((left + 26, bottom - 12, right - 26, top + 12), fill=_SHAPE, width=4)
    font = ImageFont.load_default(size=20)
    draw.text((_SIZE[0] / 2, 142), words, fill=_TEXT, font=font, anchor="mm")
    return image
