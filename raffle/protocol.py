"""The draw protocol raffle/1, pure: bytes, strings and numbers in and out (docs/raffle-protocol.md).

Notation of the specification: H is SHA-256, `||` concatenation, hex in lower case, tags are ASCII and end in one zero
byte. Ids of entrants (`eid`) and hashes are passed as hex, nonces as hex, seeds as bytes.
"""

import hashlib
import json
import re
import struct
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

SPEC = "raffle/1"
NO_HASH = "0" * 64
NO_BYTES = bytes(32)
MOST_WEIGHT = 1000
LARGEST = 2**53 - 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
QUICKNET = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"  # drand's chain with a round every 3 s
QUICKNET_BEGAN, QUICKNET_PERIOD = 1692803367, 3  # seconds since 1970; seconds


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def canonical(value) -> bytes:
    """Canonical JSON: sorted keys, no spaces, UTF-8 unescaped."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def plain(value):
    """The value as canonical JSON has it: NFC strings, whole numbers below 2^53, plain keys; else ValueError."""
    if isinstance(value, dict):
        if not all(isinstance(key, str) and re.fullmatch("[a-z][a-z0-9_]*", key) for key in value):
            raise ValueError("a key that canonical JSON does not have")
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value.encode("utf-8", "replace").decode())
    if value is None or isinstance(value, bool) or (isinstance(value, int) and -LARGEST <= value <= LARGEST):
        return value
    raise ValueError(f"canonical JSON has no {type(value).__name__} like this")


def milliseconds(moment: datetime) -> int:
    """Whole milliseconds since 1970, rounded down, without a detour over floats."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


# --- entrants and pools -------------------------------------------------------------------------------------------
def entrant_id(event_id: bytes, ticket_secret: bytes) -> str:
    """The public id of a ticket secret: 16 bytes as hex. The secret never leaves the phone."""
    return sha(b"raffle/1 id\0" + event_id + ticket_secret)[:16].hex()


def merkle(leaves: Sequence[bytes]) -> str:
    """The RFC 6962 root over leaf hashes: an odd last node moves up unchanged; of nothing it is H("")."""
    if not leaves:
        return sha(b"").hex()
    level = list(leaves)
    while len(level) > 1:
        pairs = [sha(b"\x01" + level[i] + level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = pairs + ([level[-1]] if len(level) % 2 else [])
    return level[0].hex()


def pool_root(pool: Sequence[tuple[str, int]]) -> str:
    """The root of a pool of (eid, weight), ascending by eid."""
    return merkle([sha(b"\0" + bytes.fromhex(eid) + weight.to_bytes(2, "big")) for eid, weight in pool])


def crowd_root(nonces: Sequence[str]) -> str:
    """The root over the sorted unique nonces."""
    return merkle([sha(b"\0" + bytes.fromhex(nonce)) for nonce in nonces])


def text_nonce(text: str) -> str:
    """The nonce of what was called out in the room."""
    return sha(b"raffle/1 text\0" + text.encode()).hex()


# --- log ----------------------------------------------------------------------------------------------------------
def record(seq: int, prev: str, ts: int, kind: str, body: dict) -> dict:
    """One log record."""
    return {"v": SPEC, "seq": seq, "prev": prev, "ts": ts, "type": kind, "body": plain(body)}


def record_hash(entry: dict) -> str:
    return sha(canonical(entry)).hex()


# --- seed and order -----------------------------------------------------------------------------------------------
def mix(open_hash: str, crowd: str, secret: bytes | None, beacon_signature: bytes | None) -> bytes:
    """The password of the delay: everything that nobody could know alone."""
    beacon = sha(beacon_signature) if beacon_signature else NO_BYTES
    return sha(b"raffle/1 mix\0" + bytes.fromhex(open_hash) + bytes.fromhex(crowd) + (secret or NO_BYTES) + beacon)


def seed(open_hash: str, crowd: str, secret: bytes | None, beacon_signature: bytes | None, delay: int) -> bytes:
    """The seed, `delay` iterations of PBKDF2-HMAC-SHA256 away from the inputs."""
    x = mix(open_hash, crowd, secret, beacon_signature)
    return hashlib.pbkdf2_hmac("sha256", x, bytes.fromhex(open_hash), delay, 32)


def beacon_round(close_at: int) -> int:
    """The first round of drand's quicknet at least 3 s after the countdown (`close_at` in milliseconds)."""
    return -((QUICKNET_BEGAN * 1000 - close_at - 3000) // (QUICKNET_PERIOD * 1000)) + 1


def beacon_round_after(newest: int, wait: int) -> int:
    """The first round surely at least 3 s after `wait` milliseconds from now, by drand's own clock: `newest` is out."""
    return newest + 1 - (-(wait + 3000) // (QUICKNET_PERIOD * 1000))


def beacon_time(number: int) -> int:
    """When a round of quicknet is published, in milliseconds."""
    return 1000 * (QUICKNET_BEGAN + QUICKNET_PERIOD * (number - 1))


def ticket(seed_: bytes, eid: str, weight: int = 1) -> bytes:
    """The smallest of an entrant's `weight` hashes."""
    start = seed_ + bytes.fromhex(eid)
    return min(sha(start + j.to_bytes(2, "big")) for j in range(weight))


def _messages(pool: Sequence[tuple[str, int]]) -> Iterator[tuple[bytes]] | None:
    """What is hashed after the seed for each of a pool of equal weights, eid || 0000; None when they are not equal."""
    eids = [eid for eid, weight in pool if weight == 1]
    if len(eids) != len(pool):
        return None
    return struct.iter_unpack("18s", bytes.fromhex("0000".join([*eids, ""])))


def order(seed_: bytes, pool: Sequence[tuple[str, int]]) -> list[str]:
    """All eids by rank: ascending by (ticket, eid). Sorted in 256 parts, which is twice as fast for a million."""
    sha256 = hashlib.sha256
    parts: list[list[bytes]] = [[] for _ in range(256)]
    add = [part.append for part in parts]
    if (messages := _messages(pool)) is not None:
        for (message,) in messages:
            digest = sha256(seed_ + message).digest()
            add[digest[0]](digest + message)
    else:
        for eid, weight in pool:
            digest = ticket(seed_, eid, weight)
            add[digest[0]](digest + bytes.fromhex(eid))
    found: list[str] = []
    for part in parts:
        part.sort()
        found += [entry[32:48].hex() for entry in part]
    return found


def top(seed_: bytes, pool: Sequence[tuple[str, int]], count: int) -> list[str]:
    """The first `count` eids of the order, without sorting the rest."""
    sha256, wanted = hashlib.sha256, min(count, len(pool))
    messages = _messages(pool)
    if not wanted or messages is None:
        return order(seed_, pool)[:wanted]
    limit = min(2**256 - 1, (8 * wanted + 64) * 2**256 // len(pool)).to_bytes(32, "big")  # enough fall below, surely
    near = [message for (message,) in messages if sha256(seed_ + message).digest() <= limit]
    if len(near) < wanted:
        return order(seed_, pool)[:wanted]
    return order(seed_, [(message[:16].hex(), 1) for message in near])[:wanted]


def order_hash(eids: Iterable[str]) -> str:
    """H over all eids in order."""
    digest = hashlib.sha256()
    for eid in eids:
        digest.update(bytes.fromhex(eid))
    return digest.hexdigest()


def departures(seed_: bytes, eids: Iterable[str], winners: Sequence[str]) -> list[str]:
    """The order in which names leave the board: by H(seed || "show" || eid), the winners last, best rank very last.

    The film says nothing of who stands by, and every screen plays the same one.
    """
    kept = set(winners)
    leaving = sorted(
        (eid for eid in eids if eid not in kept), key=lambda eid: sha(seed_ + b"show" + bytes.fromhex(eid))
    )
    return [*leaving, *reversed(list(winners))]


# --- winners ------------------------------------------------------------------------------------------------------
def current_ranks(quantity: int, pool_size: int, voided: Iterable[int]) -> list[int]:
    """The ranks (from 1) that hold a prize now: the lowest `quantity` without a void."""
    gone = set(voided)
    return [rank for rank in range(1, pool_size + 1) if rank not in gone][:quantity]


# --- the head, for people -----------------------------------------------------------------------------------------
def pictograms(head: str) -> list[int]:
    """Four numbers from 0 to 63: the pictograms of a head, six bits each of its first three bytes."""
    bits = int(head[:6], 16)
    return [(bits >> shift) & 63 for shift in (18, 12, 6, 0)]


def short_head(head: str) -> str:
    """The eight hex digits that stand beside the pictograms, in two groups."""
    return f"{head[:4]} {head[4:8]}"
