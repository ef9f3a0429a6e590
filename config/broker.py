"""The embedded broker: kombu's transport over files, with files that are there whole or not at all.

kombu opens a message's file and fills it then: a worker that looked in between took an empty message, and ended. The same
with the list of an exchange's queues when several processes start at once.
"""

import contextlib
import fcntl
import logging
import os
import time
import uuid
from pathlib import Path
from queue import Empty

from kombu.transport import filesystem, virtual
from kombu.transport.filesystem import exchange_queue_t
from kombu.utils.json import dumps, loads

logger = logging.getLogger(__name__)
YOUNG = 3600  # seconds


class Channel(filesystem.Channel):
    """Messages are `<nanoseconds>_<uuid>.<queue>.msg`; the name says when, so that the oldest is taken first."""

    def _put(self, queue, payload, **_kwargs):
        written(Path(self.data_folder_out) / f"{time.time_ns()}_{uuid.uuid4()}.{queue}.msg", payload)

    def _get(self, queue):
        """The oldest message of the queue; raises Empty. One that cannot be read is put away: no worker ends over it."""
        folder = Path(self.data_folder_in)
        for name in sorted(os.listdir(folder)):
            if name.partition(".")[2] != f"{queue}.msg":
                continue
            taken = folder / f".taken-{name}"
            with contextlib.suppress(FileNotFoundError):  # another worker was quicker
                os.rename(folder / name, taken)
                payload = taken.read_bytes()
                taken.unlink()
                try:
                    return loads(payload.decode())
                except ValueError:
                    logger.warning("a message cannot be read: %d bytes", len(payload))
        raise Empty

    def _queue_bind(self, exchange, routing_key, pattern, queue):
        self._rebind(exchange, add=exchange_queue_t(routing_key or "", pattern or "", queue or ""))

    def _delete(self, queue, exchange, routing_key, pattern, *_args, **_kwargs):
        self._purge(queue)
        self._rebind(exchange, remove=exchange_queue_t(routing_key or "", pattern or "", queue or ""))

    def _rebind(self, exchange, *, add=None, remove=None):
        """Write the exchange's list anew, one process at a time."""
        file = self._exchange_file(exchange)
        with (self.control_folder / ".lock").open("w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            before = self.get_table(exchange)
            after = [row for row in before if row != remove]
            if add and add not in after:
                after.insert(0, add)
            if after != before:
                written(file, after)


class Transport(filesystem.Transport):
    """`files://localhost//` in the settings."""

    Channel = Channel
    global_state = virtual.BrokerState()

    def __init__(self, client, **kwargs):
        super().__init__(client, **kwargs)
        for name in ("data_folder_in", "control_folder"):
            forget_halves(Path(client.transport_options[name]))


def forget_halves(folder: Path) -> None:
    """Remove what processes left that were killed between two steps; the jobs are announced again from their rows."""
    for path in [*folder.glob(".taken-*"), *folder.glob(".half-*")]:
        with contextlib.suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > YOUNG:
                path.unlink()


def written(path: Path, content) -> None:
    """Write a file as JSON under another name and give it its own then."""
    half = path.with_name(f".half-{uuid.uuid4()}-{path.name}")
    try:
        half.write_text(dumps(content))
        os.rename(half, path)
    except OSError:
        half.unlink(missing_ok=True)
        raise
