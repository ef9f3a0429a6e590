"""Who without a team goes where: by what they wish to do, and by carriage. PURE: same rows in, same teams out."""

from dataclasses import dataclass

GROUP, ENOUGH = 4, 3  # people that a new team starts with: at most, and at least while nobody has waited long
CALLED, SAME, NEXT = 4, 2, 1


@dataclass(frozen=True)
class Seeker:
    """Somebody who wants a team: `carriage` 0 for none, `part` "" for any; `waited` so long that anybody will do."""

    id: int
    carriage: int = 0
    part: str = ""
    waited: bool = False


@dataclass(frozen=True)
class Room:
    """A team that looks for people: the parts it wants, where its people sit, how many fit in, whom it took out."""

    id: int
    carriages: tuple[int, ...] = ()
    wanted: tuple[str, ...] = ()
    free: int = 0
    without: tuple[int, ...] = ()


def liking(seeker, room) -> int:
    """How well a seeker fits a team."""
    near = min((abs(seeker.carriage - other) for other in room.carriages), default=99) if seeker.carriage else 99
    called = bool(seeker.part) and seeker.part in room.wanted
    return CALLED * called + SAME * (near == 0) + NEXT * (near == 1)


def place(seekers, rooms) -> tuple[list[tuple[int, int, str]], list[Seeker]]:
    """`(joins, left)`: seekers, first come first served, into the team that fits best; who is left over.

    A join names the part that is filled by it, "" for none. A team that wants parts takes who does one of them, or who
    does anything; a part that somebody fills is no longer wanted, and a team that has all it asked for takes nobody else.
    """
    free = {room.id: room.free for room in rooms}
    wanted = {room.id: list(room.wanted) for room in rooms}
    joins, left = [], []
    for seeker in seekers:
        able = [
            room
            for room in rooms
            if free[room.id] > 0
            and seeker.id not in room.without
            and (not room.wanted or seeker.part in wanted[room.id] or (wanted[room.id] and not seeker.part))
        ]
        best = max(
            able,
            key=lambda room: (
                liking(seeker, Room(room.id, room.carriages, tuple(wanted[room.id]), free[room.id])),
                free[room.id],
                -room.id,
            ),
            default=None,
        )
        if best is None:
            left.append(seeker)
            continue
        part = seeker.part or (wanted[best.id][-1] if wanted[best.id] else "")
        part = part if part in wanted[best.id] else ""
        joins.append((seeker.id, best.id, part))
        free[best.id] -= 1
        if part:
            wanted[best.id].remove(part)
    return joins, left


def groups(seekers, *, size=GROUP) -> list[list[Seeker]]:
    """New teams out of those who wait, in the order that they came; none is larger than `size`, nobody is alone.

    Three or more begin at once who sit in one carriage or in two that are coupled, and who do not all wish to do the same
    thing. Who has waited long is put together with anybody, two are enough: with the nearest, and those first who wish
    to do something else. Who is in no team of the answer waits on.
    """
    row = _row(seekers)
    best: list[tuple[tuple[int, ...], list[list[Seeker]]]] = [((0,) * 7, [])]  # for the first n of the row
    for end, last in enumerate(row, 1):
        cost, made = best[-1]
        choices = [(_sum(cost, (last.waited, 0, 1, 0, 0, 0, 0)), made)]  # the last one waits on
        for count in range(2, min(size, end) + 1):
            group = row[end - count : end]
            if _may_begin(group, size):
                cost, made = best[end - count]
                choices.append((_sum(cost, _price(group)), [*made, group]))
        best.append(min(choices, key=lambda choice: choice[0]))
    return best[-1][1]


def _row(seekers):
    """Along the train; in a carriage those who wish the same stand apart. Who sits nowhere stands where most wait."""
    seats = [seeker.carriage for seeker in seekers if seeker.carriage]
    most = max(seats, key=seats.count, default=0)
    at = [(seeker.carriage or most, seeker.part) for seeker in seekers]
    order = sorted(range(len(at)), key=lambda n: (at[n][0], at[:n].count(at[n]), n))
    return [seekers[n] for n in order]


def _spread(group):
    seats = [seeker.carriage for seeker in group if seeker.carriage]
    return max(seats) - min(seats) if seats else 0


def _differ(group):
    """How many of a group bring something that the others do not: a wish of their own, or that anything will do."""
    return len({seeker.part for seeker in group if seeker.part}) + sum(not seeker.part for seeker in group)


def _may_begin(group, size):
    if any(seeker.waited for seeker in group):
        return True
    return len(group) >= min(ENOUGH, size) and _spread(group) <= 1 and _differ(group) > 1


def _price(group):
    """What a team costs, the gravest first: nobody left who has waited, carriages apart, nobody left, one team more than
    needed, a wish that another one has, two carriages and not one, an uneven size.
    """
    spread = _spread(group)
    return (0, max(0, spread - 1), 0, 1, len(group) - _differ(group), spread, len(group) ** 2)


def _sum(one, other):
    return tuple(a + b for a, b in zip(one, other, strict=True))
