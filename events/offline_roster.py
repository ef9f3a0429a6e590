"""The list that a door phone keeps for when the network is gone, sealed ticket by ticket.

Whoever finds the phone can read nobody: an entry opens only with the code of its ticket, held up at the door. From the
code PBKDF2-SHA256 makes 32 bytes; SHA-256 of them with a label gives the entry's name in the list (16 bytes) and its
AES-256-GCM key. Guessing codes (31**8 of them) costs the full work for each guess: at 100,000 rounds that is 8.5e16
double hashes for one run through all codes, months of a fast graphics card; a list of 130 gives its first name away
after about a day of it (one guess is tried on all entries). So an entry holds no contact (docs/decisions/door.md).

A queued scan names its ticket by the entry's name, not by its code, so the queue opens nothing either.
"""

import base64
import contextlib
import hashlib
import hmac
import json
import re
import secrets
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.cache import cache

from events.models import Attendee, CheckIn, Visit

ROUNDS = (100_000, 50_000, 20_000, 10_000)  # for one ticket
WORK = 20_000_000  # for a whole list
KEPT_SECONDS = 2 * 24 * 3600
REFERENCE = re.compile(r"#(\d{1,6})\.([0-9a-f]{32})")


def salt_of(event) -> bytes:
    """16 bytes of the event: a list made for one event is no help with another."""
    return hmac.digest(settings.SECRET_KEY.encode(), f"roster:{event.pk}".encode(), "sha256")[:16]


def rounds_for(tickets: int) -> int:
    """How much work a code costs; fewer for very long lists, which the server has to make."""
    return next((rounds for rounds in ROUNDS if tickets * rounds <= WORK), ROUNDS[-1])


def _master(code: str, salt: bytes, rounds: int) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", code.encode(), salt, rounds)


def _masters(codes: list[str], salt: bytes, rounds: int) -> dict[str, bytes]:
    """What each code is stretched to. Minutes of work for a long list: kept for the day, for every process."""
    keys = {code: f"roster:{rounds}:{hashlib.sha256(salt + code.encode()).hexdigest()[:32]}" for code in codes}
    try:
        kept = cache.get_many(keys.values())
    except Exception:  # the cache is away: it takes longer
        kept = {}
    found = {code: kept[key] for code, key in keys.items() if key in kept}
    missing = [code for code in codes if code not in found]
    with ThreadPoolExecutor(max_workers=4) as pool:  # PBKDF2 lets other threads run
        found |= zip(missing, pool.map(lambda code: _master(code, salt, rounds), missing))
    with contextlib.suppress(Exception):
        if missing:
            cache.set_many({keys[code]: found[code] for code in missing}, timeout=KEPT_SECONDS)
    return found


def name_of(master: bytes) -> str:
    return hashlib.sha256(b"name" + master).hexdigest()[:32]


def _seal(master: bytes, content: dict) -> str:
    key, nonce = hashlib.sha256(b"key" + master).digest(), secrets.token_bytes(12)
    sealed = AESGCM(key).encrypt(nonce, json.dumps(content, ensure_ascii=False).encode(), None)
    return base64.b64encode(nonce + sealed).decode()


def _people(event):
    return event.attendees.filter(forgotten_at=None).exclude(number=None).order_by("pk")


def _came(event, model):
    """The check-ins or visits that count."""
    return model.objects.filter(attendee__event=event, undone_at=None).select_related("by").order_by("pk")


def make(event) -> dict:
    """`{"salt", "rounds", "entries": {name: sealed}}`: name, number, carriage, seat, status, who let them in and who
    served them at which scan point, each as `[when, door, name or ""]`.
    """

    def said(row):
        return [event.local(row.at).strftime("%H:%M"), row.door, str(row.by or "")]

    people = list(_people(event))
    inside = {row.attendee_id: said(row) for row in _came(event, CheckIn)}
    served: dict[int, dict] = defaultdict(dict)
    for row in _came(event, Visit):
        served[row.attendee_id][str(row.point_id)] = said(row)
    salt, rounds = salt_of(event), rounds_for(len(people))
    masters, entries = _masters([person.code for person in people], salt, rounds), {}
    for person in people:
        master = masters[person.code]
        entries[name_of(master)] = _seal(
            master,
            {
                "name": person.name,
                "number": f"{person.number:04d}",
                "carriage": person.carriage,
                "seat": person.seat,
                "status": person.status,
                "inside": inside.get(person.pk),
                "served": served.get(person.pk, {}),
            },
        )
    return {"salt": base64.b64encode(salt).decode(), "rounds": rounds, "entries": entries}


def fingerprint(event) -> str:
    """Changes when the list would say something else; the list itself differs each time that it is sealed."""
    rows = _people(event).values_list("code", "name", "number", "carriage", "seat", "status")
    came = [list(_came(event, model).values_list("pk", "at", "door", "by__name")) for model in (CheckIn, Visit)]
    return hashlib.sha256(repr([list(rows), came]).encode()).hexdigest()[:24]


def read_reference(code: str) -> tuple[int, str] | None:
    """`(rounds, name of the entry)` of a queued scan, written `#100000.` and 32 hex digits; else None."""
    found = REFERENCE.fullmatch(code.strip())
    rounds = int(found[1]) if found else 0
    return (rounds, found[2]) if found and rounds in ROUNDS else None


def find(event, reference: tuple[int, str]) -> str | None:
    """The ticket code whose entry has this name."""
    (rounds, name), salt = reference, salt_of(event)
    codes = list(Attendee.objects.filter(event=event).order_by("pk").values_list("code", flat=True))
    return next((code for code, master in _masters(codes, salt, rounds).items() if name_of(master) == name), None)
