"""Where a request came in, and what images are called beyond this server."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

import msgspec
from starlette.requests import Request

from mustela.collection import Services
from mustela.files.root import AsyncRootRepository
from mustela.radio.rules.repository import AsyncRulesRepository

#: The collection of images that lie below no root.
NO_ROOT = "mustela"


def api_of(request: Request) -> str:
    """The address of the API, by the name that the client used."""
    url = request.url
    return f"{url.scheme}://{url.netloc}{url.path.rpartition('/vo/')[0]}"


class Archive(msgspec.Struct, frozen=True):
    """The archive as a client sees it: its address, its naming authority, its collections.

    ``collections`` are the names of the roots by their ids.
    """

    api: str
    authority: str
    collections: Mapping[str, str]

    def identifier(self, id: str) -> str:
        """``ivo://authority/images?id``, the publisher's dataset identifier of an image."""
        return f"ivo://{self.authority}/images?{id}"

    def id_of(self, identifier: str) -> str | None:
        """The id of the image that an identifier names, or ``None`` for a foreign one.

        What comes before the question mark may be in any case (IVOA Identifiers 2.0). An id by
        itself will do.
        """
        before, mark, id = identifier.partition("?")
        if not mark:
            return None if ":" in identifier or "/" in identifier else identifier
        ours = f"ivo://{self.authority}/images"
        return id if before.casefold() == ours.casefold() else None

    def image(self, id: str, part: str = "") -> str:
        """The address of an image, or of a part of it."""
        return f"{self.api}/images/{quote(id, safe='')}{part}"

    def links(self, id: str | None = None) -> str:
        """The address of the links of an image, or of that service."""
        base = f"{self.api}/vo/datalink/links"
        return base if id is None else f"{base}?ID={quote(self.identifier(id), safe='')}"

    def collection_of(self, root_id: str | None) -> str:
        """The name of the collection of an image below this root."""
        return self.collections.get(root_id or "", NO_ROOT)

    def root_ids(self, names: list[str]) -> list[str]:
        """The roots of these names; the empty id stands for none."""
        wanted = set(names)
        found = [id for id, name in self.collections.items() if name in wanted]
        return [*found, ""] if NO_ROOT in wanted else found


async def archive(request: Request, services: Services) -> Archive:
    """The archive as this request sees it."""
    rules = await services.repository(AsyncRulesRepository).rules()
    roots = await services.repository(AsyncRootRepository).list_roots()
    return Archive(api_of(request), rules.authority, {root.id: root.name for root in roots})
