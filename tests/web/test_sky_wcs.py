"""Positions that the page computes, against astropy; positions and times as people read them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fix_browser import OpenPage
from tests.web.sky_site import FRAME_CARDS, SkySite

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PIXELS = [(0.0, 0.0), (255.5, 255.5), (100.25, 400.75), (511.0, 3.0), (300.0, 299.0)]

CASES = {
    "SIN": FRAME_CARDS,
    "SIN near the pole": FRAME_CARDS | {"CRVAL1": 10.0, "CRVAL2": 89.9, "LATPOLE": 89.9},
    "SIN across RA 0": FRAME_CARDS | {"CRVAL1": 0.0, "CRVAL2": 60.0, "LATPOLE": 60.0},
    "SIN, slanted": FRAME_CARDS | {"PV2_1": 0.02, "PV2_2": -1.2, "CDELT1": -0.02, "CDELT2": 0.02},
    "TAN, turned": FRAME_CARDS
    | {
        "CTYPE1": "RA---TAN",
        "CTYPE2": "DEC--TAN",
        "PC1_1": 0.8,
        "PC1_2": 0.6,
        "PC2_1": 0.6,
        "PC2_2": -0.8,
        "CDELT1": -0.03,
        "CDELT2": 0.03,
    },
    "another pole": FRAME_CARDS | {"LONPOLE": 150.0, "CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN"},
    **{
        code: FRAME_CARDS
        | {"CTYPE1": f"RA---{code}", "CTYPE2": f"DEC--{code}", "CDELT1": -0.1, "CDELT2": 0.1}
        for code in ("ARC", "ZEA", "STG")
    },
    "CAR": FRAME_CARDS
    | {
        "CTYPE1": "RA---CAR",
        "CTYPE2": "DEC--CAR",
        "CRVAL2": 0.0,
        "LONPOLE": 0.0,
        "LATPOLE": 90.0,
        "CDELT1": -0.1,
        "CDELT2": 0.1,
    },
    "declination first": FRAME_CARDS
    | {
        "CTYPE1": "DEC--SIN",
        "CTYPE2": "RA---SIN",
        "CRVAL1": -30.5,
        "CRVAL2": 180.25,
        "CDELT1": 0.001,
        "CDELT2": -0.001,
    },
    "galactic": FRAME_CARDS | {"CTYPE1": "GLON-SIN", "CTYPE2": "GLAT-SIN", "CRVAL2": 5.0},
}

THERE_AND_BACK = """async ([cards, pixels]) => {
  const { Sky } = await import("/sky/wcs.js");
  const sky = new Sky(cards);
  return pixels.map(([x, y]) => {
    const position = sky.position({ x, y });
    return [position, position && sky.pixel(position)];
  });
}"""


async def test_positions_of_pixels_are_astropys_and_lead_back(
    sky: SkySite, open_page: OpenPage
) -> None:
    wcs = pytest.importorskip("astropy.wcs", reason="needs astropy: pip install mustela[radio]")
    fits = pytest.importorskip("astropy.io.fits")
    coordinates = pytest.importorskip("astropy.coordinates")
    page = await open_page(sky.url)
    for name, cards in CASES.items():
        found = await page.evaluate(THERE_AND_BACK, [cards, PIXELS])
        header = fits.Header()
        header.update(cards)
        reference = wcs.WCS(header)
        for (x, y), (position, pixel) in zip(PIXELS, found, strict=True):
            truth = reference.pixel_to_world(x, y).icrs
            computed = coordinates.SkyCoord(position["ra"], position["dec"], unit="deg")
            # The galactic axes are of the Hipparcos catalogue, astropy's by way of FK5.
            tolerance = 0.05 if name == "galactic" else 1e-6
            assert computed.separation(truth).arcsec < tolerance, (name, x, y)
            assert pixel["x"] == pytest.approx(x, abs=1e-5), name
            assert pixel["y"] == pytest.approx(y, abs=1e-5), name


async def test_what_is_off_the_sky_has_no_position(sky: SkySite, open_page: OpenPage) -> None:
    page = await open_page(sky.url)
    wide = FRAME_CARDS | {"CDELT1": -0.5, "CDELT2": 0.5}
    [[position, _]] = await page.evaluate(THERE_AND_BACK, [wide, [(0, 0)]])
    assert position is None
    behind = """async (cards) => {
      const { Sky } = await import("/sky/wcs.js");
      return new Sky(cards).pixel({ ra: 0.25, dec: 30.5 });
    }"""
    assert await page.evaluate(behind, FRAME_CARDS) is None


async def test_what_is_not_computed_is_named(sky: SkySite, open_page: OpenPage) -> None:
    page = await open_page(sky.url)
    attempt = """async (cards) => {
      const { Sky } = await import("/sky/wcs.js");
      try { return new Sky(cards) && "computed"; } catch (error) { return error.message; }
    }"""
    cases: list[tuple[dict[str, Any], str]] = [
        ({"CTYPE1": "RA---AIT", "CTYPE2": "DEC--AIT"}, "the projection AIT"),
        ({"CTYPE1": "ELON-SIN", "CTYPE2": "ELAT-SIN"}, "axes of another frame"),
        ({"RADESYS": "FK4", "EQUINOX": 1950.0}, "positions in FK4 1950"),
        ({"A_ORDER": 2}, "distorted axes"),
        ({"CDELT1": 0.0}, "axes without a scale"),
        ({"RADESYS": "FK5", "EQUINOX": 2000.0}, "computed"),
    ]
    for changes, said in cases:
        assert await page.evaluate(attempt, FRAME_CARDS | changes) == said


async def test_positions_are_written_and_read_as_astronomers_do(
    sky: SkySite, open_page: OpenPage
) -> None:
    page = await open_page(sky.url)
    write = """async (positions) => {
      const { sexagesimal } = await import("/sky/angles.js");
      return positions.map(([ra, dec]) => sexagesimal({ ra, dec }));
    }"""
    assert await page.evaluate(
        write, [(180.25, -30.5), (359.99999, -0.0001), (0.0, 89.99999999), (14.99999, 9.999999)]
    ) == [
        "12:01:00.00 −30:30:00.0",
        "00:00:00.00 −00:00:00.4",
        "00:00:00.00 +90:00:00.0",
        "01:00:00.00 +10:00:00.0",
    ]
    read = """async (texts) => {
      const { readPosition } = await import("/sky/angles.js");
      return texts.map((text) => { const at = readPosition(text); return at && [at.ra, at.dec]; });
    }"""
    same = [
        "12:01:00 -30:30:00",
        "12h01m00s -30d30m00s",
        "12 01 00 −30 30 00",
        "180.25 -30.5",
        "180.25, -30.5",
        "180.25-30.5",
        "12.016666666666667h, -30.5",
    ]
    for found in await page.evaluate(read, same):
        assert found == pytest.approx([180.25, -30.5])
    assert await page.evaluate(read, ["00:00:10 -00:00:30"]) == [
        pytest.approx([10 / 240, -30 / 3600])
    ]
    wrong = ["", "M31", "12", "400 10", "10 91", "12:61:00 10:00:00", "1e5 2", "1 2 3", "-5 5"]
    assert await page.evaluate(read, wrong) == [None] * len(wrong)


async def test_times_and_flux_densities_read_well(sky: SkySite, open_page: OpenPage) -> None:
    page = await open_page(sky.url)
    told = await page.evaluate("""async () => {
      const mjd = await import("/sky/mjd.js");
      const { flux, frequency, angle } = await import("/sky/quantities.js");
      return [
        mjd.utc(59000.25), mjd.utc(null), mjd.ofDay("2020-05-31"), mjd.tick(59000.5, 0.1),
        mjd.tick(59000.5, 30), mjd.tick(59000.5, 400),
        flux(0.00123456, 0.0000234), flux(-0.0002, 0.0004, "/beam"), flux(1.5), flux(2.5e-7),
        flux(0), flux(null), frequency(887.5e6), frequency(1.4e9),
        angle(18), angle(240), angle(7200),
      ];
    }""")
    assert told == [
        "31 May 2020, 06:00 UTC",
        None,
        59000,
        "12:00:00",
        "31 May 2020",
        "May 2020",
        "1.235 ± 0.023 mJy",
        "−200 ± 400 µJy/beam",
        "1.5 Jy",
        "250 nJy",
        "0 Jy",
        None,
        "887.5 MHz",
        "1.4 GHz",
        "18″",
        "4′",
        "2°",
    ]
