"""What the sample clips show: small scenes, drawn with Pillow.

A scene is a function of the size in pixels and of the time in seconds. It draws at the clip's own
size and knows no frame rate, so that motion is the same at each.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from functools import cache

from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]
Scene = Callable[[tuple[int, int], float], Image.Image]


@cache
def _gradient(size: tuple[int, int], top: Colour, bottom: Colour) -> Image.Image:
    strip = Image.new("RGB", (1, size[1]))
    for y in range(size[1]):
        part = y / max(1, size[1] - 1)
        strip.putpixel(
            (0, y),
            (
                round(top[0] + (bottom[0] - top[0]) * part),
                round(top[1] + (bottom[1] - top[1]) * part),
                round(top[2] + (bottom[2] - top[2]) * part),
            ),
        )
    return strip.resize(size)


def _canvas(
    size: tuple[int, int], top: Colour, bottom: Colour
) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = _gradient(size, top, bottom).copy()
    return image, ImageDraw.Draw(image)


def _disc(draw: ImageDraw.ImageDraw, x: float, y: float, radius: float, colour: Colour) -> None:
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def _oval(
    draw: ImageDraw.ImageDraw, x: float, y: float, across: float, down: float, colour: Colour
) -> None:
    draw.ellipse((x - across, y - down, x + across, y + down), fill=colour)


def tram(size: tuple[int, int], time: float) -> Image.Image:
    width, height = size
    image, draw = _canvas(size, (134, 190, 220), (250, 226, 190))
    fronts = ((236, 150, 120), (245, 205, 130), (160, 196, 178), (232, 222, 205), (196, 140, 150))
    house = width / 6
    for number in range(8):
        left = (number - 1) * house - (time * width * 0.02) % house
        tall = height * (0.36 + 0.08 * math.sin(number * 2.1))
        front = fronts[number % len(fronts)]
        draw.rectangle((left, height * 0.78 - tall, left + house - 3, height * 0.78), fill=front)
        for row in range(3):
            for column in range(3):
                x = left + house * (0.16 + 0.27 * column)
                y = height * 0.78 - tall * (0.88 - 0.28 * row)
                draw.rectangle((x, y, x + house * 0.13, y + tall * 0.15), fill=(92, 110, 132))
    draw.rectangle((0, height * 0.78, width, height), fill=(120, 112, 108))
    for rail in (0.86, 0.92):
        draw.line((0, height * rail, width, height * rail), fill=(70, 66, 66), width=3)
    left = -width * 0.35 + (time * width * 0.33) % (width * 1.4)
    top, bottom, right = height * 0.52, height * 0.85, left + width * 0.34
    draw.rounded_rectangle((left, top, right, bottom), width * 0.015, fill=(246, 196, 42))
    draw.rectangle((left, height * 0.73, right, height * 0.755), fill=(250, 246, 232))
    for window in range(5):
        x = left + width * (0.02 + 0.063 * window)
        draw.rounded_rectangle(
            (x, height * 0.56, x + width * 0.05, height * 0.69), 4, fill=(58, 78, 96)
        )
    for wheel in (0.07, 0.27):
        _disc(draw, left + width * wheel, bottom, height * 0.04, (44, 44, 48))
    draw.line(
        (left + width * 0.2, top, left + width * 0.15, height * 0.42), fill=(60, 60, 60), width=3
    )
    draw.line((0, height * 0.42, width, height * 0.42), fill=(80, 80, 80), width=2)
    return image


def sunset(size: tuple[int, int], time: float) -> Image.Image:
    width, height = size
    image, draw = _canvas(size, (62, 52, 110), (255, 168, 92))
    _disc(draw, width * 0.62, height * (0.42 + 0.02 * time), min(size) * 0.13, (255, 236, 170))
    for layer in range(6):
        level = height * (0.56 + 0.08 * layer)
        swing = height * (0.008 + 0.004 * layer)
        shore = [(0.0, float(height))]
        for step in range(41):
            x = width * step / 40
            phase = step * 0.55 + time * (1.2 + 0.35 * layer) + layer * 1.7
            shore.append((x, level + swing * math.sin(phase)))
        shore.append((float(width), float(height)))
        shade = layer / 5
        draw.polygon(
            shore, fill=(round(196 - 160 * shade), round(96 - 50 * shade), round(110 - 20 * shade))
        )
    return image


def balloons(size: tuple[int, int], time: float) -> Image.Image:
    width, height = size
    image, draw = _canvas(size, (120, 196, 240), (226, 244, 250))
    colours = ((236, 84, 90), (250, 176, 60), (96, 190, 120), (90, 130, 226), (196, 110, 206))
    for number in range(11):
        radius = min(size) * (0.06 + 0.012 * (number % 4))
        way = height + 4 * radius
        y = way - (number * way * 0.37 + time * height * (0.22 + 0.03 * (number % 3))) % way
        x = width * ((number * 0.618) % 1) + radius * 0.5 * math.sin(time * 1.5 + number)
        draw.line(
            (x, y + radius, x - radius * 0.2, y + radius * 2.6), fill=(120, 120, 130), width=2
        )
        _disc(draw, x, y, radius, colours[number % len(colours)])
        _disc(draw, x - radius * 0.35, y - radius * 0.35, radius * 0.2, (255, 255, 255))
    return image


def snow(size: tuple[int, int], time: float) -> Image.Image:
    width, height = size
    image, draw = _canvas(size, (96, 140, 190), (222, 234, 244))
    peaks = ((0.18, 0.3, 0.3), (0.5, 0.18, 0.38), (0.84, 0.34, 0.3))
    for middle, top, half in peaks:
        x, y, wide = width * middle, height * top, width * half
        draw.polygon([(x - wide, height), (x, y), (x + wide, height)], fill=(86, 104, 130))
        cap = 0.32
        draw.polygon(
            [
                (x - wide * cap, y + (height - y) * cap),
                (x, y),
                (x + wide * cap, y + (height - y) * cap),
                (x + wide * 0.12, y + (height - y) * (cap - 0.08)),
                (x - wide * 0.06, y + (height - y) * (cap + 0.05)),
            ],
            fill=(246, 250, 252),
        )
    draw.ellipse((-width * 0.2, height * 0.8, width * 1.2, height * 1.4), fill=(240, 245, 250))
    chance = random.Random(7)
    for _ in range(110):
        x0, y0, pace = chance.random(), chance.random(), 0.12 + 0.2 * chance.random()
        x = (x0 + 0.02 * math.sin(time * 2 + x0 * 40)) * width
        _disc(draw, x, ((y0 + time * pace) % 1) * height, min(size) * 0.006, (255, 255, 255))
    return image


def stars(size: tuple[int, int], time: float) -> Image.Image:
    width, height = size
    image, draw = _canvas(size, (6, 8, 26), (44, 50, 92))
    chance = random.Random(3)
    reach = math.hypot(width, height)
    for _ in range(170):
        turn = chance.random() * math.tau + time * 0.12
        distance = math.sqrt(chance.random()) * reach
        bright = round(130 + 125 * chance.random() * abs(math.sin(time + turn * 5)))
        x, y = width * 0.3 + distance * math.cos(turn), height * 0.9 + distance * math.sin(turn)
        _disc(draw, x, y, min(size) * 0.004, (bright, bright, min(255, bright + 20)))
    _disc(draw, width * 0.78, height * 0.24, min(size) * 0.09, (240, 236, 214))
    hills = [
        (width * step / 20, height * (0.84 + 0.05 * math.sin(step * 0.9))) for step in range(21)
    ]
    draw.polygon([(0, height), *hills, (width, height)], fill=(8, 10, 20))
    return image


def skater(size: tuple[int, int], time: float) -> Image.Image:
    width, height = size
    image, draw = _canvas(size, (250, 210, 160), (240, 244, 240))
    ramp = [
        (width * step / 60, height * (0.86 - 0.42 * abs(step / 30 - 1) ** 3)) for step in range(61)
    ]
    draw.polygon([(0, height), *ramp, (width, height)], fill=(150, 160, 170))
    draw.line(ramp, fill=(96, 106, 118), width=4)
    place = 0.85 * math.sin(time * 2.4)
    x, y = width * (0.5 + 0.5 * place), height * (0.86 - 0.42 * abs(place) ** 3)
    lean = place * abs(place) * 0.9
    up_x, up_y = -math.sin(lean) * height, -math.cos(lean) * height
    board = min(size) * 0.09
    draw.line(
        (x + up_y / height * board, y - up_x / height * board,
         x - up_y / height * board, y + up_x / height * board),
        fill=(60, 50, 60),
        width=5,
    )  # fmt: skip
    hip = (x + up_x * 0.12, y + up_y * 0.12)
    neck = (x + up_x * 0.24, y + up_y * 0.24)
    draw.line((x, y, *hip), fill=(50, 80, 140), width=max(4, width // 70))
    draw.line((*hip, *neck), fill=(214, 80, 70), width=max(5, width // 55))
    _disc(draw, x + up_x * 0.29, y + up_y * 0.29, height * 0.04, (236, 190, 160))
    return image


def harbour(size: tuple[int, int], time: float) -> Image.Image:
    """Boats on the water, seen from above."""
    width, height = size
    image, draw = _canvas(size, (30, 104, 138), (58, 150, 170))
    draw.rectangle((0, 0, width * 0.16, height), fill=(196, 184, 164))
    for pier in range(4):
        top = height * (0.12 + 0.23 * pier)
        draw.rectangle((width * 0.16, top, width * 0.34, top + height * 0.04), fill=(168, 150, 126))
        for berth in range(3):
            x, y = width * (0.2 + 0.05 * berth), top + height * (0.1 + 0.006 * math.sin(time * 3))
            _oval(draw, x, y, width * 0.012, height * 0.05, (240, 240, 236))
    for number, (lane, pace, colour) in enumerate(
        ((0.24, 0.17, (250, 250, 246)), (0.52, -0.12, (226, 88, 70)), (0.78, 0.24, (250, 204, 80)))
    ):
        x = width * (0.38 + (number * 0.31 + time * pace) % 0.8)
        y = height * (lane + 0.03 * math.sin(time + number))
        back = -math.copysign(width * 0.05, pace)
        foam = [(x, y), (x + back * 3, y - height * 0.06), (x + back * 3, y + height * 0.06)]
        draw.polygon(foam, fill=(150, 204, 214))
        _oval(draw, x, y, width * 0.04, height * 0.03, colour)
    return image


def interview(size: tuple[int, int], time: float) -> Image.Image:
    width, height = size
    image, draw = _canvas(size, (92, 84, 96), (58, 54, 66))
    _disc(draw, width * 0.82, height * 0.2, height * 0.12, (250, 226, 170))
    for leaf in range(7):
        angle = math.pi * (0.15 + 0.12 * leaf) + 0.03 * math.sin(time * 1.3 + leaf)
        tip = (
            width * 0.14 + height * 0.34 * math.cos(angle),
            height * (0.86 - math.sin(angle) * 0.4),
        )
        draw.line(
            (width * 0.14, height * 0.86, *tip), fill=(96, 150, 104), width=max(3, width // 60)
        )
    x, y = (
        width * (0.55 + 0.006 * math.sin(time * 1.7)),
        height * (0.4 + 0.008 * math.sin(time * 2.6)),
    )
    draw.ellipse(
        (x - height * 0.36, height * 0.64, x + height * 0.36, height * 1.4), fill=(62, 96, 140)
    )
    draw.rectangle((x - height * 0.06, y, x + height * 0.06, height * 0.7), fill=(222, 176, 146))
    _disc(draw, x, y, height * 0.18, (236, 190, 160))
    draw.pieslice((x - height * 0.19, y - height * 0.2, x + height * 0.19, y + height * 0.16),
                  180, 360, fill=(78, 56, 48))  # fmt: skip
    for side in (-1, 1):
        _disc(draw, x + side * height * 0.065, y + height * 0.015, height * 0.014, (50, 44, 48))
    mouth = height * (0.012 + 0.022 * abs(math.sin(time * 9) * math.sin(time * 2.3)))
    _oval(draw, x, y + height * 0.09, height * 0.05, mouth, (170, 84, 84))
    return image


def test_card(size: tuple[int, int], time: float) -> Image.Image:
    width, height = size
    image, draw = _canvas(size, (40, 40, 44), (40, 40, 44))
    bars = ((235, 235, 235), (230, 222, 60), (80, 214, 220), (80, 200, 90),
            (206, 84, 200), (214, 70, 66), (66, 84, 206))  # fmt: skip
    for number, colour in enumerate(bars):
        left = width * number / 7
        draw.rectangle((left, 0, left + width / 7, height * 0.7), fill=colour)
    for step in range(32):
        left, grey = width * step / 32, round(255 * step / 31)
        draw.rectangle((left, height * 0.7, left + width / 32, height * 0.82), fill=(grey,) * 3)
    middle, radius = (width / 2, height * 0.4), height * 0.28
    _disc(draw, *middle, radius, (30, 32, 38))
    angle = time * math.tau / 2 - math.tau / 4
    hand = (middle[0] + radius * math.cos(angle), middle[1] + radius * math.sin(angle))
    draw.line((*middle, *hand), fill=(250, 250, 250), width=max(2, width // 160))
    font = ImageFont.load_default(size=height * 0.13)
    draw.text(middle, f"{time:05.2f}", font=font, fill=(255, 255, 255), anchor="mm")
    return image


def titled(image: Image.Image, title: str) -> Image.Image:
    """The picture with its title at the lower left, as on a slide."""
    draw = ImageDraw.Draw(image)
    height = min(image.size) * 0.065
    font = ImageFont.load_default(size=height)
    place = (height * 0.7, image.height - height * 0.8)
    draw.text(
        place, title, font=font, fill=(255, 255, 255), anchor="ls",
        stroke_width=height * 0.09, stroke_fill=(30, 32, 38),
    )  # fmt: skip
    return image
