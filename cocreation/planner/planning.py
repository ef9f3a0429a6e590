"""The plan of a film. PURE."""

from math import ceil

from cocreation.planner.ordering import arranged, chosen
from cocreation.planner.timing import SHORTEST, coded, cuts, longest, wished
from cocreation.planner.values import (
    FPS,
    Beats,
    Card,
    Credits,
    Item,
    Music,
    Shot,
    Style,
    Timeline,
    Transition,
    Wishes,
    even,
)

TITLE, LAST_PAGE = 4 * FPS, 2 * FPS
ROW_FRAMES = 14  # that a row of the end roll is worth
# With fewer frames a line of the end roll would be gone before it has been there for three seconds.
FIRST_PAGES, LEAST_ROW = 4 * FPS + 15, 12
SLACK = 0.02  # of a beat: it lies on a whole frame, half a frame from where it was heard


def plan(
    shots: list[Shot],
    wishes: Wishes,
    style: Style,
    title: Card,
    credits: Credits,
    *,
    music: Music | None = None,
    beats: Beats | None = None,
) -> Timeline:
    """Title, shots, end roll. Raises ValueError when there is no shot."""
    if not shots:
        raise ValueError("no shots")
    beats = beats or Beats()
    roll = roll_frames(credits, wishes.frames)
    opening = title_frames(wishes.frames, beats)
    room = shots_room(wishes.frames, opening, roll)
    picked = picked_of(shots, wishes.order, room, style, beats)
    lengths = wished(picked, room, style)
    ends = cuts(picked, lengths, opening, beats, style)
    on_beat = frozenset(beats.frames)
    dip = Transition("dip", 12)
    items = [Item("title", 0, opening, into=Transition())]
    at = opening
    for number, (shot, end) in enumerate(zip(picked, ends, strict=True)):
        into = dip if number == 0 else between(style, picked[number - 1], shot, at - items[-1].start, end - at)
        items.append(
            Item(
                "shot",
                at,
                end - at,
                key=shot.key,
                team=shot.team,
                into=into,
                mute=shot.mute or not shot.sound or wishes.own_sound == "off",
                caption=shot.caption,
                on_beat=at in on_beat,
            )
        )
        at = end
    items.append(Item("roll", at, roll, into=dip, on_beat=at in on_beat))
    by_key = {shot.key: shot for shot in picked}
    items = [
        placed(item, by_key[item.key], items[n + 1].into, beats) if item.key else item for n, item in enumerate(items)
    ]
    heard = tuple(frame for frame in beats.frames if frame < at + roll)
    return Timeline(tuple(items), style, title, credits, music, heard, wishes.own_sound)


def picked_of(shots: list[Shot], order: str, room: int | None, style: Style, beats: Beats) -> list[Shot]:
    """The shots that are in the film, in its order. A rise and a calm end are made of those that are in it."""
    if order == "hand":
        return list(shots)
    least, beat = least_frames(style), beat_frames(beats)

    def fits(shot):
        return reach(shot, style, beat)

    if order == "flow":
        return arranged(chosen(shots, room, least, fits), order)
    return chosen(arranged(shots, order), room, least, fits)


def reach(shot: Shot, style: Style, beat: float) -> tuple[int, int]:
    """The fewest and the most frames for which a shot can stand, in whole beats where one ends inside it."""
    most = longest(shot, style)
    if shot.length:
        most = min(shot.length, shot.frames if shot.locked else most)
    if shot.locked:
        return most, most
    fewest = whole_beats(min(SHORTEST, most), beat)
    return (fewest, round(int(most / beat + SLACK) * beat)) if fewest <= most else (most, most)


def least_frames(style: Style) -> int:
    """The shortest that shots are planned at when there are too many: half the style's wish, at least 1.2 s."""
    return max(SHORTEST * 3 // 2, round(style.seconds * FPS / 2))


def beat_frames(beats: Beats) -> float:
    """How many frames a beat lasts; one without a beat, as any frame may be cut there."""
    count = len(beats.frames) - 1
    return (beats.frames[-1] - beats.frames[0]) / count if count > 0 else 1.0


def whole_beats(frames: int, beat: float) -> int:
    """So many frames, or as many more as make whole beats: in slow music a shot stands for two, as one is too short."""
    return round(ceil(frames / beat - SLACK) * beat)


def title_frames(whole: int | None, beats: Beats) -> int:
    """About four seconds, less in a short film, until a bar begins."""
    wish = TITLE if whole is None or whole >= 45 * FPS else TITLE * 5 // 8
    bars = [frame for place, frame in enumerate(beats.frames) if beats.begins_bar(place) and frame >= wish // 2]
    return min(bars, key=lambda frame: (abs(frame - wish), frame)) if bars and bars[0] <= 2 * wish else wish


def roll_frames(credits: Credits, whole: int | None) -> int:
    """As long as its rows are read at ease; in a film of a wished length a quarter of it, or as long as they are read at all."""
    rows = max(4, credits.rows)
    least = FIRST_PAGES + LEAST_ROW * rows
    ease = max(least, LAST_PAGE + ROW_FRAMES * rows)
    return ease if whole is None else max(least, min(ease, whole // 4))


def shots_room(whole: int | None, opening: int, roll: int) -> int | None:
    """Frames for the shots of a film of a wished length: for a long end roll the film grows, and they pay a quarter at most."""
    return None if whole is None else max(1, whole - opening - min(roll, max(3 * FPS, whole // 4)))


def between(style: Style, before: Shot, shot: Shot, standing: int, coming: int) -> Transition:
    """The style's transition, shortened or left out where the shots around it are too short for it."""
    room = even(min(standing, coming) * 2 // 3)
    frames = min(style.frames, room)
    if style.transition == "dissolve":  # it is made of pictures that lie beyond the cut
        frames = min(frames, even(min(beyond(before, standing, "end"), beyond(shot, coming, "start"))))
    if style.transition == "cut" or frames < 4:
        return Transition()
    return Transition(style.transition, frames)


def beyond(shot: Shot, standing: int, edge: str) -> int:
    """The longest dissolve at this edge of a shot that stands so long: where a hand has put it, there it stays."""
    if shot.start is None:
        return shot.frames - standing  # half for each of its ends
    return 2 * (shot.start if edge == "start" else shot.frames - shot.start - standing)


def placed(item: Item, shot: Shot, following: Transition, beats: Beats) -> Item:
    """Where in the shot the item begins: where a hand has put it, else so that what is left lies evenly at both ends.

    The same wherever it stands in the film.
    """
    head = item.into.half if item.into.kind == "dissolve" else 0
    tail = following.half if following.kind == "dissolve" else 0
    last = max(0, shot.frames - item.frames - tail)
    even_last = max(0, shot.frames - coded(item.frames, beats.frames) - tail)
    wanted = shot.start if shot.start is not None else (even_last + head) // 2
    return Item(**{**item.__dict__, "source": max(min(head, last), min(wanted, last))})


__all__ = ["longest", "plan"]
