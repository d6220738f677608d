"""The routes of the collection, in the order in which they are tried."""

from __future__ import annotations

from mustela.radio.cal import related_routes as related_cal
from mustela.radio.cal import routes as cal
from mustela.radio.images import file_routes as image_files
from mustela.radio.images import related_routes as related_images
from mustela.radio.images import routes as images
from mustela.radio.ms import file_routes as ms_files
from mustela.radio.ms import routes as ms
from mustela.radio.qa_routes import router as quality
from mustela.radio.rules import routes as rules
from mustela.radio.sources import routes as sources

ROUTERS = (
    images.router,
    image_files.router,
    related_images.router,
    sources.router,
    ms.router,
    ms_files.router,
    cal.router,
    related_cal.router,
    quality,
    rules.router,
)
