"""Pieces of work that is long: kept under the hash of what they are made from, until nobody asked for days.

On one host they lie in a folder. With a storage elsewhere a copy of each goes there as well, so that a worker on
another host goes on where this one was killed.
"""

import contextlib
import os
import shutil
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage

SHARED = "film/pieces"


def is_local(storage) -> bool:
    """Whether its files are paths of this host."""
    try:
        storage.path("any")
    except NotImplementedError:
        return False
    return True


class Store:
    """Pieces of a kind, as files of this host."""

    def __init__(self, folder=None, *, shared=None, ending=".mp4"):
        self.folder = Path(folder or Path(settings.MEDIA_ROOT) / "work" / "chunks")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.shared = None if is_local(default_storage) else default_storage
        self.shared = self.shared if shared is None else shared or None
        self.ending = ending

    def get(self, key) -> Path | None:
        """The piece's path, or None when it was not made yet."""
        path = self.folder / (key + self.ending)
        with contextlib.suppress(FileNotFoundError):
            os.utime(path)  # somebody asked: it is not old
            return path
        return self._fetch(key, path)

    def _fetch(self, key, path):
        if self.shared is None or not self.shared.exists(f"{SHARED}/{path.name}"):
            return None
        part = self.folder / f"{key}.{os.getpid()}.part"
        with self.shared.open(f"{SHARED}/{path.name}") as source, open(part, "wb") as out:
            shutil.copyfileobj(source, out)
        return settle(part, path)

    def keep(self, key, part) -> Path:
        """Give a whole file its name, on the disk before anybody can see it."""
        path = settle(part, self.folder / (key + self.ending))
        if self.shared is not None:
            with open(path, "rb") as file:
                self.shared.save(f"{SHARED}/{path.name}", File(file))
        return path


def settle(part, path) -> Path:
    """fsync, then the final name: a file that has it is whole."""
    with open(part, "rb+") as file:
        os.fsync(file.fileno())
    os.replace(part, path)
    return path
