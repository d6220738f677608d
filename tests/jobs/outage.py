"""A PostgreSQL server that goes away and comes back with all that it had."""

from __future__ import annotations

import signal
import subprocess

from mustela.store.testing import postgres
from mustela.store.testing.postgres import PostgresServer, PostgresUnavailable
from mustela.store.testing.postgres_install import server_account


class RestartableServer(PostgresServer):
    """Like a server that is upgraded: every connection ends, and for a while none can be made."""

    def _own(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise PostgresUnavailable("it is somebody else's server, which is not taken away")
        return self._process

    def start(self) -> RestartableServer:
        super().start()
        self._own()
        return self

    def take_away(self) -> None:
        """Return when it is gone."""
        process = self._own()
        process.send_signal(signal.SIGINT)
        process.wait(postgres.START_SECONDS)

    def bring_back(self) -> None:
        """Return when it answers."""
        command = self._own().args
        assert isinstance(command, list)
        assert self._base is not None
        assert self._data is not None
        log = self._base / "server.log"
        with log.open("ab") as output:
            self._process = postgres._spawn(
                [str(word) for word in command],
                server_account(),
                cwd=self._base,
                output=output.fileno(),
            )
        self._wait_until_ready(self._data / "postmaster.pid", log)
