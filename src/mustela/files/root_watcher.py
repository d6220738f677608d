"""Watching one directory: what the operating system tells of changes below it, in a thread."""

from __future__ import annotations

import asyncio
import contextvars
import errno
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from watchfiles import Change, watch

from mustela.files import path_text
from mustela.files.directory_product import DirectoryRule, is_product
from mustela.files.exclude import Exclusion
from mustela.files.root import Root
from mustela.files.root_directory import identity_of
from mustela.store.file_system import NETWORK, file_system_type

#: What is changed elsewhere is not told here: by another machine, or by the host of this one.
SILENT = NETWORK | frozenset(
    """
    9p fakeowner fuse.grpcfuse fuse.vmhgfs-fuse osxfs prl_fs vboxsf virtiofs vmhgfs
    """.split()  # noqa: SIM905  # read as words
)
#: Changes that follow each other within so many milliseconds are told together ...
_STEP_MS = 100
#: ... but not later than this.
_TOGETHER_MS = 1000
#: Without changes the directory itself is looked at after so many milliseconds.
_LOOK_MS = 1000


class Unwatchable(Exception):
    """Why changes are not told; for people."""


class RootWatcher(threading.Thread):
    """Tells, on the event loop, of directories that may hold something new.

    ``changed`` is called with path text below the root, a slash at its end, empty for the root;
    ``watching`` when it begins; ``ended`` with the reason when it cannot go on. ``extensions``
    are those of the files that matter, ``directories`` say which directories do as a whole.
    """

    def __init__(
        self,
        root: Root,
        extensions: Mapping[str, object],
        directories: Sequence[DirectoryRule] = (),
        *,
        changed: Callable[[str], None],
        watching: Callable[[], None],
        ended: Callable[[str], None],
    ) -> None:
        super().__init__(name=f"mustela-watch-{root.id}", daemon=True)
        self._root = root
        self._place = os.fsdecode(path_text.decode(root.path))
        self._exclusion = Exclusion(root.exclude)
        self._endings = tuple(f".{name}" for name in extensions)
        self._directories = directories
        self._changed = changed
        self._watching = watching
        self._ended = ended
        self._loop = asyncio.get_running_loop()
        self._context = contextvars.copy_context()
        self._over = threading.Event()

    def stop(self) -> None:
        """It ends within a moment."""
        self._over.set()

    def run(self) -> None:
        """Watch until told to stop, or until that is not possible."""
        try:
            self._watch()
        except Unwatchable as error:
            self._say(self._ended, str(error))
        except OSError as error:
            self._say(self._ended, _reason(error))
        except Exception as error:  # noqa: BLE001  # the edge of a thread: the root is not watched
            self._say(self._ended, f"the directory cannot be watched: {error}")

    def _watch(self) -> None:
        kind = file_system_type(Path(self._place))
        if kind in SILENT:
            raise Unwatchable(f"no events on this root, its file system is {kind}")
        identity = identity_of(self._place)
        begun = False
        for changes in watch(
            self._place,
            watch_filter=None,
            debounce=_TOGETHER_MS,
            step=_STEP_MS,
            stop_event=self._over,
            rust_timeout=_LOOK_MS,
            yield_on_timeout=True,
            raise_interrupt=False,
            force_polling=False,
            recursive=self._root.recursive,
            ignore_permission_denied=True,
        ):
            if self._over.is_set():
                return
            if not begun:
                begun = True
                self._say(self._watching)
            for directory in {self._directory(change, path) for change, path in changes}:
                if directory is not None and not self._is_behind_link(directory):
                    self._say(self._changed, directory)
            if not changes and identity_of(self._place) != identity:
                raise Unwatchable("the directory was replaced by another one")

    def _directory(self, change: Change, place: str) -> str | None:
        """Where to look because of a change; ``None`` where it does not matter."""
        try:
            path = path_text.below(self._root.path, path_text.encode(place))
        except ValueError:
            return ""
        if not path:
            return "" if change == Change.deleted else None
        if self._exclusion.covers(path):
            return None
        if self._directories:
            if path.rpartition("/")[2] in {rule.lock for rule in self._directories}:
                return None
            path, place = self._product(path, place)
        folder, slash, name = path.rpartition("/")
        if place.endswith("/") or name.lower().endswith(self._endings):
            return folder + slash
        if change == Change.deleted:  # it may have been a directory
            return folder + slash
        if change == Change.added and os.path.isdir(place):  # noqa: PTH112  # often asked
            return f"{path}/"
        return None

    def _product(self, path: str, place: str) -> tuple[str, str]:
        """The product that this is part of, its place with a slash at its end; else what it was."""
        end = path.find("/")
        while end >= 0:
            place_of_it = f"{self._place.rstrip('/')}/{os.fsdecode(path_text.decode(path[:end]))}"
            if any(is_product(rule, place_of_it) for rule in self._directories):
                return path[:end], f"{place_of_it}/"
            end = path.find("/", end + 1)
        return path, place

    def _is_behind_link(self, directory: str) -> bool:
        """Whether a link leads there: scans follow none, though changes behind it are told."""
        place = self._place.rstrip("/")
        for name in os.fsdecode(path_text.decode(directory)).split("/"):
            place = f"{place}/{name}"
            if name and os.path.islink(place):  # noqa: PTH114  # often asked
                return True
        return False

    def _say(self, act: Callable[..., None], *words: str) -> None:
        if not self._over.is_set():
            try:
                self._loop.call_soon_threadsafe(act, *words, context=self._context)
            except RuntimeError:  # the loop is closed
                self._over.set()


def _reason(error: OSError) -> str:
    text = error.strerror or str(error)
    if "limit" in str(error).lower() or error.errno == errno.ENOSPC:
        return (
            "no events on this root, the system's limit of watched directories is reached "
            "(fs.inotify.max_user_watches)"
        )
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "the directory is not there; is its drive connected?"
    return f"the directory cannot be watched: {text}"
