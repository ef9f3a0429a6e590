"""How long each shot stands: fair to teams, never longer than it is, cuts on the beat. PURE."""

import math
from collections import Counter

from cocreation.planner.values import FPS, Beats, Shot, Style

SHORTEST = FPS * 4 // 5  # 0.8 s: less cannot be seen
DRIFT = 0.06  # what a second away from the wished length costs, squared, at every cut
WHOLE = 0.1  # of a frame: as well as the tempo is known
BEAM = 80  # how many places of the next cut are followed up


def longest(shot: Shot, style: Style, *, ends: bool = True) -> int:
    """The most frames that can stand: a dissolve takes half of its frames from beyond either end.

    Of a short shot it takes less, or nothing: what cannot be seen needs no soft way in.
    """
    handles = style.frames if style.transition == "dissolve" and ends else 0
    handles = max(0, min(handles, shot.frames - SHORTEST))
    trimmed = shot.frames - (shot.start or 0)
    return max(min(SHORTEST, shot.frames), min(shot.frames - handles, trimmed))


def coded(frames: int, beats: tuple[int, ...]) -> int:
    """How many frames are coded of a shot that stands for so many.

    Where a beat is no whole number of frames, as many beats are a frame more in some places of the film than in others:
    one more than the least is coded, so that the shot is the same piece wherever it stands.
    """
    if len(beats) < 3:
        return frames
    gap = (beats[-1] - beats[0]) / (len(beats) - 1)
    exact = round(frames / gap) * gap
    return math.ceil(exact) if abs(exact - round(exact)) > WHOLE and abs(frames - exact) < 1 else frames


def is_loose(frames: int, beats: tuple[int, ...]) -> bool:
    """Whether a shot that stands for so many frames is one shorter or longer in another place."""
    return coded(frames, beats) != frames or coded(frames - 1, beats) == frames


def wished(shots: list[Shot], room: int | None, style: Style) -> list[int]:
    """Frames for each shot. With `room`: the same time for each team, as far as its shots reach."""
    limits = [longest(shot, style) for shot in shots]
    own = [min(shot.length or most, shot.frames) for shot, most in zip(shots, limits, strict=True)]
    if room is None:
        return own
    counts = Counter(shot.team for shot in shots)
    fixed = sum(length for shot, length in zip(shots, own, strict=True) if shot.length)
    free = [place for place, shot in enumerate(shots) if not shot.length]
    found, left = list(own), max(0, room - fixed)
    # Water fills teams evenly: who has little is full early, the rest share what is left.
    open_places = set(free)
    while open_places:
        weight = sum(1 / counts[shots[place].team] for place in open_places)
        level = left / weight if weight else 0
        full = {place for place in open_places if limits[place] <= level / counts[shots[place].team]}
        if not full:
            for place in open_places:
                found[place] = max(min(SHORTEST, limits[place]), round(level / counts[shots[place].team]))
            break
        for place in full:
            found[place] = limits[place]
            left -= limits[place]
        open_places -= full
    return found


def cuts(shots: list[Shot], lengths: list[int], start: int, beats: Beats, style: Style) -> list[int]:
    """The frame at which each shot ends, by dynamic programming over the beats.

    A shot lasts a whole number of beats near its wished length; a locked one keeps its length; the first shot of a team
    rather begins on a bar. Where no beat can be reached the wished length stands.
    """
    places = {frame: place for place, frame in enumerate(beats.frames)}
    ahead: dict[int, tuple[float, tuple[int, ...]]] = {start: (0.0, ())}
    ideal = start
    for number, (shot, wish) in enumerate(zip(shots, lengths, strict=True)):
        ideal += wish  # where the film should be by now: what one shot loses to the beat, the next one gets
        most = longest(shot, style)
        following = shots[number + 1] if number + 1 < len(shots) else None
        new_team = following is None or following.team != shot.team
        found: dict[int, tuple[float, tuple[int, ...]]] = {}
        for at, (cost, path) in ahead.items():
            for end, strain in _ends(at, shot, wish, most, beats.frames):
                place = places.get(end)
                off_bar = new_team and place is not None and not beats.begins_bar(place)
                total = cost + strain + (0.06 if off_bar else 0) + DRIFT * ((end - ideal) / FPS) ** 2
                if end not in found or total < found[end][0]:
                    found[end] = (total, (*path, end))
        ahead = dict(sorted(found.items(), key=lambda row: (row[1][0], row[0]))[:BEAM])
    return list(min(ahead.values())[1])


def _ends(at, shot, wish, most, beats):
    """`(frame, strain)` of the ends that a shot beginning at `at` may have."""
    if shot.locked:
        return [(at + wish, 0.0)]
    least = min(SHORTEST, most)
    near = _between(beats, at + least, at + most)
    found = [(beat, ((beat - at - wish) / max(wish, 1)) ** 2) for beat in near]
    return found or [(at + min(wish, most), 0.5)]


def _between(beats, first, last):
    from bisect import bisect_left, bisect_right

    return beats[bisect_left(beats, first) : bisect_right(beats, last)]
