"""Made-up images and sources of the sky, and the routes that the page's Sky tab asks."""

from __future__ import annotations

import asyncio
import io
import math
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.web.site import Answer, Api, Site

Item = dict[str, Any]

#: The picture's side in pixels, the scale of one, and what is in its middle.
SIDE = 512
SCALE_ARCSEC = 4.0
CENTRE = (180.25, -30.5)
#: The cards that the server gives for a picture with north up and east left.
FRAME_CARDS = {
    "WCSAXES": 2,
    "CTYPE1": "RA---SIN",
    "CTYPE2": "DEC--SIN",
    "CRPIX1": (SIDE + 1) / 2,
    "CRPIX2": (SIDE + 1) / 2,
    "CDELT1": -SCALE_ARCSEC / 3600,
    "CDELT2": SCALE_ARCSEC / 3600,
    "PC2_2": -1.0,
    "CRVAL1": CENTRE[0],
    "CRVAL2": CENTRE[1],
    "LONPOLE": 180.0,
    "LATPOLE": CENTRE[1],
    "RADESYS": "ICRS",
}
KINDS = ("restored", "residual", "psf")
GRADES: tuple[str | None, ...] = ("good", "warn", "fail", None)


def make_image(number: int, **fields: Any) -> Item:
    """The image of this number; every field that the page reads is there."""
    grade = GRADES[number % len(GRADES)]
    mjd = 59000.25 + 30 * number
    image: Item = {
        "id": f"i{number}",
        "path": f"/data/field{number % 3}/epoch{number:04}.fits",
        "filename": f"epoch{number:04}.fits",
        "telescope": "ASKAP",
        "instrument": None,
        "observer": None,
        "field": f"J1201-30_{number % 3}",
        "ra_deg": CENTRE[0],
        "dec_deg": CENTRE[1],
        "projection": "SIN",
        "width_px": SIDE,
        "height_px": SIDE,
        "n_planes": 1,
        "pixel_scale_arcsec": SCALE_ARCSEC,
        "frequency_hz": 887.5e6,
        "bandwidth_hz": 288e6,
        "n_channels": 1,
        "stokes": "I",
        "beam_major_arcsec": 18.0,
        "beam_minor_arcsec": 12.5,
        "beam_pa_deg": 75.0,
        "units": "Jy/beam",
        "start_mjd": mjd - 0.005,
        "mid_mjd": mjd,
        "end_mjd": mjd + 0.005,
        "integration_seconds": 720.0,
        "kind": KINDS[number % len(KINDS)] if number % 5 == 4 else "restored",
        "pbcor": True,
        "noise_jy": 0.00025 * (1 + number % 7),
        "theoretical_noise_jy": 0.0002,
        "peak_jy": 0.35,
        "dynamic_range": 1400.0,
        "blank_fraction": 0.012,
        "flags": [],
        "ms_id": None,
        "calibration_id": None,
        "parent_id": None,
        "version_of": "field0" if number < 2 else None,
        "version": number + 1 if number < 2 else None,
        "n_sources": 42,
        "is_current": number != 0,
        "counts": grade != "fail",
        "why_not": "grade" if grade == "fail" else None,
        "grade": grade,
        "grade_computed": grade,
        "grade_reasons": [] if grade in (None, "good") else ["noise_above_theory"],
        "grade_given": None,
        "retired_at": None,
        "retired_reason": None,
        "file_size": 1_060_000,
        "modified_at": "2024-05-18T10:00:00Z",
        "missing_since": None,
        "tags": ["pilot"] if number % 4 == 1 else [],
        "rating": 4 if number % 6 == 2 else None,
        "note": None,
        "job_id": "job-scan",
        "created_at": "2025-01-01T00:00:00Z",
    }
    return image | fields


def make_source(number: int, **fields: Any) -> Item:
    """The source of this number."""
    source: Item = {
        "id": f"s{number}",
        "name": f"J1201{number:02}-3030{number:02}",
        "ra_deg": CENTRE[0] - 0.01 * number,
        "dec_deg": CENTRE[1] + 0.01 * number,
        "ra_error_arcsec": 0.31,
        "dec_error_arcsec": 0.42,
        "n_detections": 10,
        "n_measurements": 14,
        "first_mjd": 59000.25,
        "last_mjd": 59300.25,
        "band": "UHF",
        "stokes": "I",
        "n_epochs": 12 - number % 10,
        "n_forced": 4,
        "stale": False,
        "grade": GRADES[number % 4],
        "grade_computed": GRADES[number % 4],
        "grade_reasons": [],
        "grade_given": None,
        "tags": [],
        "rating": None,
        "note": None,
        "job_id": None,
        "created_at": "2025-01-01T00:00:00Z",
    }
    for flux in ("peak", "integrated"):
        source |= {
            f"{flux}_mean_jy": 0.002 * (number + 1),
            f"{flux}_minimum_jy": 0.0005,
            f"{flux}_maximum_jy": 0.004,
            f"{flux}_v": 0.1 * (number + 1),
            f"{flux}_eta": 1.5 * (number + 1),
            f"{flux}_vs": 5.25,
            f"{flux}_m": 0.4,
        }
    return source | fields


def make_measurement(number: int, **fields: Any) -> Item:
    """A measurement of source s0 in the image of this number."""
    peak = 0.004 * (1.2 + math.sin(number))
    measurement: Item = {
        "id": f"m{number}",
        "source_id": "s0",
        "image_id": f"i{number}",
        "kind": "detected",
        "name": None,
        "ra_deg": CENTRE[0],
        "dec_deg": CENTRE[1],
        "peak_jy": peak,
        "peak_error_jy": 0.0004,
        "integrated_jy": peak * 1.1,
        "integrated_error_jy": 0.0006,
        "local_rms_jy": 0.0003,
        "major_arcsec": 40.0,
        "minor_arcsec": 20.0,
        "pa_deg": 0.0,
        "band": "UHF",
        "stokes": "I",
        "mid_mjd": 59000.25 + 30 * number,
        "counts": True,
        "why_not": None,
    }
    return measurement | fields


def light_curve() -> list[Item]:
    """Detections, an import, a forced fit, upper limits, and one that does not count."""
    curve = [make_measurement(number) for number in range(8)]
    curve[1] |= {"kind": "imported", "name": "catalogue 17"}
    curve[2] |= {"kind": "forced", "peak_jy": 0.002, "major_arcsec": None, "minor_arcsec": None}
    curve[3] |= {"kind": "forced", "peak_jy": -0.0002, "integrated_jy": None}
    curve[5] |= {"kind": "forced", "peak_jy": 0.0011}
    curve[6] |= {"counts": False, "why_not": "grade"}
    return curve


class SkySite(Site):
    """What the server knows of the sky, too: a folder that both collections watch."""

    def __init__(self, clip: Path) -> None:
        super().__init__(clip)
        self.add_root("/data", collections=["radio", "video"], last_scan_at="2025-01-01T00:00:00Z")
        self.images = [make_image(number) for number in range(30)]
        self.sources = [make_source(number) for number in range(12)]
        #: Pages of sources are told when it is set, as they were before.
        self.held_pages: asyncio.Event | None = None
        self.curve = light_curve()
        self.marks = [
            make_measurement(0),
            make_measurement(1, dec_deg=CENTRE[1] + 0.1, kind="forced", source_id="s1"),
            make_measurement(2, dec_deg=CENTRE[1] - 0.1, kind="imported", source_id=None),
        ]
        self.frame: Item = {"width": SIDE, "height": SIDE, "wcs": FRAME_CARDS}


def picture(number: int = 0) -> bytes:
    """A picture of noise with some sources, north up."""
    image = Image.effect_noise((SIDE, SIDE), 30)
    draw = ImageDraw.Draw(image)
    for index in range(25):
        x, y = (index * 197 + number * 53) % SIDE, (index * 331) % SIDE
        draw.ellipse((x - 3, y - 2, x + 3, y + 2), fill=255)
    draw.ellipse((SIDE / 2 - 3, SIDE / 2 - 5, SIDE / 2 + 3, SIDE / 2 + 5), fill=255)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


class SkyApi:
    """The routes of images and sources, as far as the page asks them."""

    def __init__(self, site: SkySite) -> None:
        self.site = site
        self._drawn = picture()

    def routes(self) -> list[Route]:
        guarded = Api(self.site).guarded
        table: list[tuple[str, str, Answer]] = [
            ("GET", "/images", self.list_images),
            ("GET", "/sources", self.list_sources),
            ("GET", "/images/{id}/measurements", self.measurements),
            ("GET", "/images/{id}/versions", self.versions),
            ("GET", "/images/{id}/children", self.nothing),
            ("GET", "/images/{id}/history", self.history),
            ("GET", "/images/{id}/png/frame", self.frame),
            *(
                ("GET", f"/images/{{id}}/{name}", self.drawn)
                for name in ("png", "thumbnail", "cutout")
            ),
            ("GET", "/sources/{id}/lightcurve", self.lightcurve),
            ("GET", "/sources/{id}/variability", self.variability),
            ("GET", "/sources/{id}/contributing-images", self.contributing),
            ("GET", "/sources/{id}/cutouts", self.cutouts),
            ("GET", "/sources/{id}/history", self.history),
            *(
                (method, f"/{kind}/{{id}}", answer)
                for kind in ("images", "sources")
                for method, answer in (("GET", self.one), ("PATCH", self.edit))
            ),
        ]
        return [
            Route(f"/api/v1{path}", guarded(answer), methods=[method])
            for method, path, answer in table
        ]

    def _find(self, request: Request) -> Item:
        id_ = request.path_params["id"]
        return next(item for item in self.site.images + self.site.sources if item["id"] == id_)

    async def list_images(self, request: Request) -> Response:
        given = dict(request.query_params)
        found = [
            image
            for image in self.site.images
            if all(word in image["path"] for word in given.get("q", "").split())
            and all(given.get(name, image[name]) == image[name] for name in ("kind", "grade"))
            and float(given.get("observed_after", 0)) <= image["mid_mjd"]
            and image["mid_mjd"] <= float(given.get("max_mid_mjd", 1e9))
        ]
        return _page(request, found)

    async def list_sources(self, request: Request) -> Response:
        given = dict(request.query_params)
        found = [
            source
            for source in self.site.sources
            if given.get("name", "").lower() in source["name"].lower()
            and float(given.get("min_peak_eta", 0)) <= source["peak_eta"]
        ]
        page = _page(request, found)
        if self.site.held_pages is not None:
            await self.site.held_pages.wait()
        return page

    async def one(self, request: Request) -> Response:
        return JSONResponse(self._find(request))

    async def edit(self, request: Request) -> Response:
        fields = await request.json()
        self.site.edits.append(fields)
        item = self._find(request)
        item.update(fields)
        if "grade_given" in fields:
            item["grade"] = fields["grade_given"] or item["grade_computed"]
        return JSONResponse(item)

    async def history(self, request: Request) -> Response:
        return JSONResponse([])

    async def measurements(self, request: Request) -> Response:
        return _part(self.site.marks)

    async def versions(self, request: Request) -> Response:
        product = self._find(request)["version_of"]
        versions = [
            image for image in self.site.images if product and image["version_of"] == product
        ]
        return JSONResponse(versions)

    async def nothing(self, request: Request) -> Response:
        return JSONResponse([])

    async def frame(self, request: Request) -> Response:
        return JSONResponse(self.site.frame)

    async def drawn(self, request: Request) -> Response:
        return Response(self._drawn, media_type="image/png")

    async def lightcurve(self, request: Request) -> Response:
        wanted = request.query_params.get("band", "UHF")
        return _part([one for one in self.site.curve if one["band"] == wanted])

    async def variability(self, request: Request) -> Response:
        figures = {"mean_jy": 0.004, "v": 0.3, "eta": 12.5, "vs": 7.5, "m": 0.9}
        return JSONResponse(
            [
                {
                    "band": band,
                    "stokes": "I",
                    "n_epochs": number,
                    "n_forced": 1,
                    "peak": {"n": number, **figures},
                    "integrated": {"n": number, **figures},
                }
                for band, number in (("UHF", 7), ("L", 2))
            ]
        )

    async def contributing(self, request: Request) -> Response:
        return _part(self.site.images[:20])

    async def cutouts(self, request: Request) -> Response:
        return _part(
            [
                {
                    "image_id": image["id"],
                    "mid_mjd": image["mid_mjd"],
                    "grade": image["grade"],
                    "fits": f"/api/v1/images/{image['id']}/cutout?format=fits",
                    "png": f"/api/v1/images/{image['id']}/cutout?format=png",
                }
                for image in self.site.images[:20]
            ]
        )


def _part(items: list[Item]) -> JSONResponse:
    return JSONResponse({"items": items, "limit": 1000, "offset": 0, "next": None})


def _page(request: Request, found: list[Item]) -> JSONResponse:
    given = request.query_params
    sort = given.get("sort", "")
    if sort:
        field = sort.removeprefix("-")
        found = sorted(found, key=lambda item: item[field], reverse=sort.startswith("-"))
    limit, start = int(given.get("limit", 100)), int(given.get("cursor", 0))
    end = start + limit
    path = request.url.include_query_params(cursor=end)
    return JSONResponse(
        {
            "items": found[start:end],
            "total": len(found),
            "total_is_exact": True,
            "limit": limit,
            "offset": 0,
            "next": f"{path.path}?{path.query}" if end < len(found) else None,
        }
    )
