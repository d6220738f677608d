"""The Alembic environment of every database that a store opens.

``alembic`` itself works with it too: ``script_location = mustela.store:migrations``,
``version_locations`` the packages of the branches, and a URL ``sqlite+apsw:///...`` or
``postgresql+psycopg://...``.
"""

from mustela.store.sqlite.alchemy import register

register()
