"""A running archive, and images in it that a pipeline has registered beside the server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import uvicorn

from mustela.app import create_app
from mustela.files.root import RootRepository
from mustela.files.root_directory import inspect
from mustela.radio.images.record import Image
from mustela.radio.images.repository import ImageRepository
from mustela.radio.sources.record import Source
from mustela.radio.sources.repository import SourceRepository
from mustela.settings import Settings
from mustela.store import Store
from tests.radio.test_images import square

#: Names that XML has to be careful with.
COLLECTION = "Räd <1> & 'more'"
OTHER = "Others"
STRANGE = 'Ünï]]>code <b> & "field"'

#: About 0 h, at a pole, and far from both.
SOURCES = [
    *(Source(id=f"s{n}", ra_deg=(359.95 + n * 0.01) % 360, dec_deg=-30.0) for n in range(10)),
    Source(id="pole", ra_deg=123.0, dec_deg=89.999),
    Source(id="noted", name="O'Neill <1>", ra_deg=200.0, dec_deg=10.0, note="Größe & so"),
]


class Archive(NamedTuple):
    """Where it is, and what a pipeline writes with."""

    url: str
    images: ImageRepository
    sources: SourceRepository
    store: Store

    @property
    def vo(self) -> str:
        return f"{self.url}/api/v1/vo"


class Thread(threading.Thread):
    """A server on a loop of its own: the clients that are tested wait for it."""

    def __init__(self, app: Any) -> None:
        super().__init__(daemon=True)
        config = uvicorn.Config(app, port=0, log_config=None, timeout_graceful_shutdown=2)
        self.server = uvicorn.Server(config)
        self.ready = threading.Event()

    def run(self) -> None:
        started = self.server.startup

        async def startup(sockets: Any = None) -> None:
            await started(sockets)
            self.ready.set()

        self.server.startup = startup  # type: ignore[method-assign]
        self.server.run()

    @property
    def port(self) -> int:
        found: int = self.server.servers[0].sockets[0].getsockname()[1]
        return found


@contextmanager
def serving(data: Path, **settings: Any) -> Iterator[Archive]:
    """An archive with these settings."""
    chosen = Settings.load(environ={}, data_dir=data, children=1, **settings)
    thread = Thread(create_app(chosen))
    thread.start()
    assert thread.ready.wait(30)
    try:
        with Store.open(chosen.database_url) as store:
            url = f"http://127.0.0.1:{thread.port}"
            yield Archive(url, ImageRepository(store), SourceRepository(store), store)
    finally:
        thread.server.should_exit = True
        thread.join()


def field(id: str, ra: float, dec: float, **others: Any) -> Image:
    """An image of a degree from its centre to each side, as a pipeline registers it."""
    return square(id, ra, dec, 1.0).replace(
        **{
            "path": f"/elsewhere/{id}.fits",
            "kind": "restored",
            "field": f"FIELD {id}",
            "telescope": "ASKAP",
            "instrument": "ASKAP",
            "frequency_hz": 1.0e9,
            "bandwidth_hz": 0.2e9,
            "n_channels": 1,
            "n_planes": 1,
            "stokes": "I",
            "beam_major_arcsec": 12.0,
            "start_mjd": 59000.0,
            "mid_mjd": 59000.25,
            "end_mjd": 59000.5,
            "integration_seconds": 36_000.0,
            "pixel_scale_arcsec": 2.5,
            "width_px": 2880,
            "height_px": 2880,
            "units": "Jy/beam",
            "file_size": 33_180_480,
            "ms_id": "SB1",
            **others,
        }
    )


@pytest.fixture(scope="package")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """Four images, of which one says next to nothing of itself and lies below no root, and one that
    is gone."""
    products = tmp_path_factory.mktemp("Deep Field & more")
    others = tmp_path_factory.mktemp("others")
    with serving(tmp_path_factory.mktemp("data")) as served:
        roots = RootRepository(served.store)
        roots.add(inspect(products), collections=["radio"], name=COLLECTION)
        roots.add(inspect(others), collections=["radio"], name=OTHER)
        served.images.add_many(
            [
                field("one", 150.0, -30.0, path=f"{products}/one.fits", field=STRANGE),
                field(
                    "two",
                    152.5,
                    -30.0,
                    path=f"{others}/two.fits",
                    kind="mosaic",
                    stokes="IQUV",
                    n_planes=4,
                    frequency_hz=3.0e9,
                    bandwidth_hz=None,
                    telescope="VLA",
                    start_mjd=60000.0,
                    mid_mjd=60000.0,
                    end_mjd=None,
                    integration_seconds=60.0,
                    beam_major_arcsec=2.5,
                ),
                field("casa", 0.0, 89.5, path=f"{others}/casa.image", stokes="XXXYYXYY"),
                Image(id="bare", path="/elsewhere/bare.fits"),
                field("gone", 150.0, -30.0),
            ]
        )
        served.images.retire("gone", "a copy")
        served.sources.add_many(SOURCES)
        yield served
