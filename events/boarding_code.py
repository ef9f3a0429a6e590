"""The code on the stage with which people check themselves in: another one each minute, good for that and the next."""

import hashlib
import hmac
from datetime import datetime

from django.conf import settings

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
SECONDS = 60
LENGTH = 6


def _code(event, minute: int) -> str:
    mac = hmac.digest(settings.SECRET_KEY.encode(), f"board:{event.pk}:{minute}".encode(), hashlib.sha256)
    return "".join(LETTERS[byte % len(LETTERS)] for byte in mac[:LENGTH])


def now(event, at: datetime) -> str:
    """The code of this minute."""
    return _code(event, int(at.timestamp()) // SECONDS)


def is_valid(event, code: str, at: datetime) -> bool:
    """Whether the code was on the stage in this minute or the one before."""
    minute, given = int(at.timestamp()) // SECONDS, code.strip().upper().encode()
    return any(hmac.compare_digest(_code(event, one).encode(), given) for one in (minute, minute - 1))
