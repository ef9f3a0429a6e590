"""Which shots, and in what order: fair to teams, kind to the eye. PURE."""

from collections import defaultdict
from collections.abc import Callable

from cocreation.planner.values import Shot

Reach = Callable[[Shot], tuple[int, int]]  # the fewest and the most frames for which a shot can stand


def arranged(shots: list[Shot], order: str) -> list[Shot]:
    """The shots in the wished order; `hand` and `team` keep the order in which they come (teams together)."""
    if order == "vote":
        return by_vote(shots)
    if order == "flow":
        return by_flow(shots)
    if order == "team":
        groups: dict[str, list[Shot]] = defaultdict(list)
        for shot in shots:
            groups[shot.team].append(shot)
        return [shot for group in groups.values() for shot in group]
    return list(shots)


def rounds(shots: list[Shot]) -> list[tuple[int, int]]:
    """For each shot `(turn, place)`: a team's first shot has turn 0, its second 1, so that no team waits."""
    seen: dict[str, int] = defaultdict(int)
    turns = []
    for place, shot in enumerate(shots):
        turns.append((seen[shot.team], place))
        seen[shot.team] += 1
    return turns


def by_vote(shots: list[Shot]) -> list[Shot]:
    """Every team's best liked shot first, then every second one."""
    liked = sorted(shots, key=lambda shot: -shot.likes)  # stable: equal likes keep their order
    return [liked[place] for _turn, place in sorted(rounds(liked))]


def by_flow(shots: list[Shot]) -> list[Shot]:
    """A rise to a climax at four fifths and a calm end; beside each other what has similar colours, teams mixed."""
    left = sorted(shots, key=lambda shot: (shot.energy, shot.key))
    rank = {shot.key: place / max(1, len(left) - 1) for place, shot in enumerate(left)}
    found: list[Shot] = []
    while left:
        wanted = arc(len(found) / max(1, len(shots) - 1))
        best = min(left, key=lambda shot: (_strain(shot, found[-1] if found else None, rank, wanted), shot.key))
        left.remove(best)
        found.append(best)
    return found


def arc(place: float) -> float:
    """The wished energy at a place of the film, both 0..1."""
    return 0.35 + 0.65 * place / 0.8 if place < 0.8 else 1 - (place - 0.8) / 0.2


def _strain(shot, before, rank, wanted):
    strain = abs(rank[shot.key] - wanted)
    if before is not None:
        turn = abs(shot.hue - before.hue)
        strain += 0.5 * (min(turn, 1 - turn) * 2 + abs(shot.light - before.light)) / 2
        strain += 0.4 if shot.team == before.team else 0
    return strain


def chosen(shots: list[Shot], room: int | None, least: int, reach: Reach) -> list[Shot]:
    """Those that fit into `room` frames at `least` frames each: every team once, before any team comes twice.

    `reach` gives the fewest and the most frames for which a shot can stand. A team comes again only where that brings it
    nearer to its share of the room: what cannot be shorter would stand in the time of another team. Every team is in even
    when the room is too small for that, and so is what a person locked.
    """
    if room is None:
        return list(shots)
    bounds = [reach(shot) for shot in shots]
    have: dict[str, int] = defaultdict(int)
    for shot, (_fewest, most) in zip(shots, bounds, strict=True):
        have[shot.team] += most
    share, fits = level(list(have.values()), room), max(len(have), room // max(1, least))
    places = [place for place, shot in enumerate(shots) if shot.locked]
    taken: dict[str, list[int]] = defaultdict(list)
    for place in places:
        taken[shots[place].team].append(place)
    for turn, place in sorted(rounds(shots)):
        mine = taken[shots[place].team]
        over = sum(bounds[other][0] for other in [*mine, place]) - share
        without = share - sum(bounds[other][1] for other in mine)
        if not shots[place].locked and (turn == 0 or (len(places) < fits and (over <= 0 or over < without))):
            places.append(place)
            mine.append(place)
    return [shots[place] for place in sorted(places)]


def level(have: list[int], room: int) -> float:
    """The share of each in the room when those who have less than that give the others what they leave."""
    left, waiting = float(room), sorted(have)
    while waiting and waiting[0] <= left / len(waiting):
        left -= waiting.pop(0)
    return left / len(waiting) if waiting else float(max(have, default=0))
