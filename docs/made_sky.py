"""Makes a small archive of a sky that nobody has observed, and a picture of the page that shows it.

    python docs/made_sky.py DIRECTORY                          # the images alone
    python docs/made_sky.py DIRECTORY --pictures docs/images   # and pictures of the page

Two fields in several nights: sources on noise that is correlated as by a beam, one of them
variable, one night with more noise than the others. For the pictures the images are catalogued and
their sources found, a server serves them, and Chromium looks at the Sky tab and at the variable
source.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import urlopen

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SIDE = 384
PIXEL_ARCSEC = 4.0
BEAM_ARCSEC = (18.0, 14.0)
BEAM_PA_DEG = 60.0
NOISE_JY = 2.5e-4
NIGHTS = ("2024-03-02", "2024-03-19", "2024-04-07", "2024-05-01", "2024-05-28", "2024-06-30")
#: The variable source, night by night.
FLARE_JY = (0.004, 0.012, 0.031, 0.022, 0.009, 0.005)
_SIGMA = 1 / (2 * math.sqrt(2 * math.log(2)))


class Field(NamedTuple):
    """Where it is (degrees, ICRS), how often it was observed, and what its sources are made of."""

    name: str
    ra_deg: float
    dec_deg: float
    nights: int
    seed: int


class Star(NamedTuple):
    """A source: pixels from zero, Jy, and how much wider than the beam it is (sigmas, pixels)."""

    x: float
    y: float
    jy: float
    width: float = 0.0


FIELDS = (
    Field("Reticulum", 61.5, -53.2, 6, 3),
    Field("Sculptor", 12.3, -31.8, 4, 8),
)


def stars_of(field: Field) -> list[Star]:
    """Many faint sources and few bright ones, and a double with lobes."""
    random = np.random.default_rng(field.seed)
    stars = [
        Star(x, y, 0.002 * random.pareto(1.1) + 0.002)
        for x, y in random.uniform(12, SIDE - 12, (55, 2))
    ]
    x, y = random.uniform(120, SIDE - 120, 2)
    lobes = [Star(x - 14, y - 6, 0.05, 4.0), Star(x, y, 0.02), Star(x + 13, y + 7, 0.04, 4.5)]
    return [star._replace(jy=min(star.jy, 0.12)) for star in stars] + lobes


def beam_shape() -> tuple[float, float, float]:
    """The exponent's coefficients of the beam, in pixels: x squared, x times y, y squared."""
    major, minor = (width / PIXEL_ARCSEC * _SIGMA for width in BEAM_ARCSEC)
    # From north (up) through east (left).
    angle = math.radians(90 + BEAM_PA_DEG)
    cosine, sine = math.cos(angle), math.sin(angle)
    return (
        (cosine / major) ** 2 + (sine / minor) ** 2,
        2 * sine * cosine * (1 / major**2 - 1 / minor**2),
        (sine / major) ** 2 + (cosine / minor) ** 2,
    )


def noise(rms: float, seed: int) -> Floats:
    """Noise with the beam's correlation, made in the Fourier plane."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[-SIDE // 2 : SIDE // 2, -SIDE // 2 : SIDE // 2]
    a, b, c = beam_shape()
    kernel = np.exp(-(a * x * x + b * x * y + c * y * y))
    spectrum = np.fft.rfft2(random.normal(size=(SIDE, SIDE)))
    smooth = np.fft.irfft2(spectrum * np.fft.rfft2(np.fft.ifftshift(kernel)), (SIDE, SIDE))
    return np.asarray(smooth / smooth.std() * rms)


def sky(stars: list[Star]) -> Floats:
    """The sources as the beam shows them; peaks are Jy/beam."""
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    a, b, c = beam_shape()
    image = np.zeros((SIDE, SIDE))
    for star in stars:
        dx, dy = x - star.x, y - star.y
        stretch = 1 + star.width**2 / (BEAM_ARCSEC[0] / PIXEL_ARCSEC * _SIGMA) ** 2
        image += star.jy * np.exp(-0.5 * (a * dx * dx + b * dx * dy + c * dy * dy) / stretch)
    return image


def header(field: Field, night: str) -> fits.Header:
    """What an imager writes."""
    cards = fits.Header()
    for axis, (kind, value, step) in enumerate(
        (
            ("RA---SIN", field.ra_deg, -PIXEL_ARCSEC / 3600),
            ("DEC--SIN", field.dec_deg, PIXEL_ARCSEC / 3600),
        ),
        1,
    ):
        cards[f"CTYPE{axis}"], cards[f"CRVAL{axis}"], cards[f"CDELT{axis}"] = kind, value, step
        cards[f"CRPIX{axis}"], cards[f"CUNIT{axis}"] = SIDE / 2 + 0.5, "deg"
    cards["CTYPE3"], cards["CRVAL3"], cards["CDELT3"], cards["CRPIX3"] = "FREQ", 943.5e6, 288e6, 1.0
    cards["CTYPE4"], cards["CRVAL4"], cards["CDELT4"], cards["CRPIX4"] = "STOKES", 1.0, 1.0, 1.0
    cards["BMAJ"], cards["BMIN"] = BEAM_ARCSEC[0] / 3600, BEAM_ARCSEC[1] / 3600
    cards["BPA"], cards["BUNIT"], cards["RADESYS"] = BEAM_PA_DEG, "Jy/beam", "ICRS"
    cards["OBJECT"], cards["TELESCOP"] = field.name, "Made"
    cards["DATE-OBS"], cards["TIMESYS"] = f"{night}T11:40:00", "UTC"
    cards["DATE-END"] = f"{night}T13:00:00"
    return cards


def make(directory: Path) -> None:
    """Write the images, one for each field and night."""
    for field in FIELDS:
        stars = stars_of(field)
        for number, night in enumerate(NIGHTS[: field.nights]):
            flare = Star(SIDE * 0.62, SIDE * 0.41, FLARE_JY[number])
            rms = NOISE_JY * (3.5 if (field.name, number) == ("Sculptor", 2) else 1 + 0.1 * number)
            data = sky([*stars, flare]) + noise(rms, 100 * field.seed + number)
            folder = directory / field.name.lower()
            folder.mkdir(parents=True, exist_ok=True)
            fits.PrimaryHDU(data.astype(np.float32)[None, None], header(field, night)).writeto(
                folder / f"{field.name.lower()}.{night}.image.fits", overwrite=True
            )


def take_pictures(directory: Path, pictures: Path) -> None:
    """Catalog the directory, serve it, and photograph the page."""
    mustela = [sys.executable, "-m", "mustela"]
    with tempfile.TemporaryDirectory() as data_dir:
        options = ["--data-dir", data_dir]
        search = ["--find", "--associate", "--force"]
        subprocess.run([*mustela, "radio", "ingest", str(directory), *search, *options], check=True)
        serve = [*mustela, "serve", "--port", "0", *options]
        with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                ready = server.stdout.readline()  # "Mustela is ready at http://..."
                photograph(ready.split()[-1], pictures)
            finally:
                server.terminate()


#: Whether all pictures of a kind are there.
_SHOWN = """(pictures) => {
  const found = [...document.querySelectorAll(pictures)];
  return found.length > 0 && found.every((one) => one.complete && one.naturalWidth > 0);
}"""


def photograph(server: str, pictures: Path) -> None:
    """The grid of images, and the source that varies most."""
    # What only the pictures need.
    from PIL import Image  # noqa: PLC0415
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    with urlopen(f"{server}/api/v1/sources?sort=-peak_eta&limit=1", timeout=60) as answer:
        source = json.load(answer)["items"][0]["id"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            args=["--no-sandbox"],
        )
        page = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme="dark")
        for name, query, there in (
            ("sky", "", ".card.sky img"),
            ("sky-source", f"&view=sources&source={source}", "dialog.source .cutouts img"),
        ):
            page.goto(f"{server}/?tab=sky{query}")
            # Pictures are made while they are asked for.
            page.wait_for_function(_SHOWN, arg=there, timeout=120_000)
            path = pictures / f"{name}.png"
            page.screenshot(path=path)
            with Image.open(path) as shot:
                shot.convert("RGB").quantize(192).save(path, optimize=True)
        browser.close()


def main(arguments: Any = None) -> None:
    """See above."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument("--pictures", type=Path, help="a directory for PNGs of the page")
    given = parser.parse_args(arguments)
    make(given.directory)
    if given.pictures is not None:
        take_pictures(given.directory, given.pictures)


if __name__ == "__main__":
    main()
