"""A timeline cut into what is encoded by itself: the body of an item, the join of two that dissolve. PURE."""

from dataclasses import dataclass

from cocreation.planner import timing
from cocreation.planner.values import Item, Timeline


@dataclass(frozen=True)
class Body:
    """Frames of one item alone, from `source` of it on; it comes out of and goes into the dip's colour.

    `coded` frames are made of it; of a `loose` one the last may be left away.
    """

    item: Item
    source: int
    frames: int
    fade_in: int = 0
    fade_out: int = 0
    coded: int = 0
    loose: bool = False


@dataclass(frozen=True)
class Join:
    """Frames in which `left`, from its frame `left_source`, becomes `right`, from `right_source`."""

    left: Item
    left_source: int
    right: Item
    right_source: int
    frames: int


def spans(timeline: Timeline) -> list[Body | Join]:
    """Every frame of the film once, in order."""
    found: list[Body | Join] = []
    items = timeline.items
    for number, item in enumerate(items):
        following = items[number + 1].into if number + 1 < len(items) else None
        head = item.into.half if item.into.kind == "dissolve" else 0
        tail = following.half if following and following.kind == "dissolve" else 0
        if head:
            left = items[number - 1]
            found.append(
                Join(left, left.source + left.frames - head, item, item.source - head, 2 * head),
            )
        # Beside a card only the card fades: a shot that comes first in another order is the same piece.
        shot = item.kind == "shot"
        fade_in = item.into.half if item.into.kind == "dip" and not (shot and items[number - 1].kind != "shot") else 0
        beside_card = shot and items[number + 1].kind != "shot"
        fade_out = following.half if following and following.kind == "dip" and not beside_card else 0
        if item.frames > head + tail:
            body = item.frames - head - tail
            loose = shot and not fade_out and timing.is_loose(item.frames, timeline.beats)
            made = timing.coded(item.frames, timeline.beats) - head - tail if loose else body
            fades = min(fade_in, body // 2), min(fade_out, body // 2)
            found.append(Body(item, item.source + head, body, *fades, made, loose))
    return found
