"""An edited `.otio` (or `.otioz`) comes back: order and trims become the shots of a new version.

The file is a stranger's: its size and depth are bounded before the library sees it, and nothing in it is opened.
"""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from cocreation.planner import FPS

MOST_BYTES, DEEPEST = 8_000_000, 60


class NotOurs(ValueError):
    """The file is no timeline that we can read; the text is a code: size, json, depth, otio, empty."""


@dataclass(frozen=True)
class Returned:
    """`sequence` as a Montage keeps it; `unknown` are names of clips that are not of this film, `again` of shots of it
    that stand in the edit more than once: a version has each once, as it stands first."""

    sequence: list[dict]
    unknown: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)


def read(content: bytes, shots: dict[str, str]) -> Returned:
    """Order and trims of what is seen in the tracks of picture, by the time at which it begins.

    `shots` maps names of files to keys, for programs that drop metadata. Raises NotOurs.
    """
    import opentimelineio as otio

    text = _text(content)
    try:
        found = otio.adapters.read_from_string(text, "otio_json")
        clips = _seen(found) if isinstance(found, otio.schema.Timeline) else []
    except (otio.exceptions.OTIOError, ValueError, RuntimeError, AttributeError, TypeError, ArithmeticError):
        raise NotOurs("otio") from None
    keys = set(shots.values())
    sequence, seen = [], set()
    unknown: list[str] = []
    again: list[str] = []
    for clip, trim in clips:
        ours = _ours(clip.metadata)
        if ours.get("kind") in ("title", "roll"):
            continue
        key = _key(clip, ours, shots)
        if key not in keys or key in seen:
            (again if key in seen else unknown).append(str(clip.name)[:60])
            continue
        seen.add(key)
        sequence.append({"clip": int(key), **trim, **_kept(ours), "lock": True})
    if not sequence:
        raise NotOurs("empty")
    return Returned(sequence, unknown, again)


def version_of(content: bytes) -> int | None:
    """The version that was handed over, as it stands in the file; None where a program dropped it. Raises NotOurs."""
    found = json.loads(_text(content))
    metadata = found.get("metadata") if isinstance(found, dict) else None
    version = _ours(metadata).get("version") if isinstance(metadata, dict) else None
    return version if isinstance(version, int) else None


def _seen(timeline) -> list[tuple]:
    """`(clip, its trim)` of all tracks of picture: one above another is between those below. Not what is disabled."""
    found = []
    for track in timeline.video_tracks():
        for clip in track.find_clips():
            if _enabled(clip):
                begins = clip.transformed_time(clip.trimmed_range().start_time, timeline.tracks).to_seconds()
                found.append((begins, clip, _trim(clip)))
    return [(clip, trim) for _begins, clip, trim in sorted(found, key=lambda row: row[0])]


def _enabled(item) -> bool:
    return item is None or (item.enabled and _enabled(item.parent()))


def _ours(metadata) -> Mapping:
    """What we wrote into it: a stranger may have put anything there."""
    found = metadata.get("nextstop")
    return found if isinstance(found, Mapping) else {}


def _text(content) -> str:
    if content[:2] == b"PK":
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                info = packed.getinfo("content.otio")
                if info.file_size > MOST_BYTES:
                    raise NotOurs("size")
                with packed.open(info) as file:
                    content = file.read(MOST_BYTES + 1)
        except (zipfile.BadZipFile, KeyError, RuntimeError, NotImplementedError, OSError):
            raise NotOurs("otio") from None
    if len(content) > MOST_BYTES:
        raise NotOurs("size")
    try:
        text = content.decode("utf-8")
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        raise NotOurs("json") from None
    if _depth(parsed) > DEEPEST:
        raise NotOurs("depth")
    return text


def _depth(parsed) -> int:
    deepest, open_values = 0, [(parsed, 1)]
    while open_values:
        value, depth = open_values.pop()
        deepest = max(deepest, depth)
        if depth > DEEPEST:
            return depth
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        open_values += [(one, depth + 1) for one in inner]
    return deepest


def _key(clip, ours, shots) -> str:
    """The shot by what we wrote into it, else by the name of its file."""
    if ours.get("shot"):
        return str(ours["shot"])
    address = getattr(clip.media_reference, "target_url", "") or ""
    return shots.get(PurePosixPath(str(address).replace("\\", "/")).name, "")


def _trim(clip) -> dict:
    trimmed = clip.trimmed_range()
    start = trimmed.start_time.rescaled_to(FPS).value
    if clip.media_reference and clip.media_reference.available_range:
        start -= clip.media_reference.available_range.start_time.rescaled_to(FPS).value
    length = trimmed.duration.rescaled_to(FPS).value
    return {"start": max(0, round(start)), "length": max(1, round(length))}


def _kept(ours) -> dict:
    kept = {}
    if ours.get("mute"):
        kept["mute"] = True
    if isinstance(ours.get("caption"), str):  # an empty one was emptied on the desk
        kept["caption"] = str(ours["caption"])[:60]  # type: ignore[assignment]
    return kept
