"""Who without a team goes where: by what they wish to do, and by carriage. PURE: same rows in, same teams out."""

from dataclasses import dataclass

GROUP = 4  # people that a new team starts with, at most
CALLED, SAME, NEXT = 4, 2, 1


@dataclass(frozen=True)
class Seeker:
    """Somebody who wants a team: `carriage` 0 for none, `part` "" for any."""

    id: int
    carriage: int = 0
    part: str = ""


@dataclass(frozen=True)
class Room:
    """A team that looks for people: the parts that it wants, where its people sit, how many fit in."""

    id: int
    carriages: tuple[int, ...] = ()
    wanted: tuple[str, ...] = ()
    free: int = 0


def liking(seeker, room) -> int:
    """How well a seeker fits a team."""
    near = min((abs(seeker.carriage - other) for other in room.carriages), default=99) if seeker.carriage else 99
    called = bool(seeker.part) and seeker.part in room.wanted
    return CALLED * called + SAME * (near == 0) + NEXT * (near == 1)


def place(seekers, rooms) -> tuple[list[tuple[int, int]], list[Seeker]]:
    """`(joins, left)`: seekers, first come first served, into the team that fits best; who is left over.

    A part that somebody fills is no longer wanted, and a team that has all it asked for takes nobody else.
    """
    free = {room.id: room.free for room in rooms}
    wanted = {room.id: list(room.wanted) for room in rooms}
    joins, left = [], []
    for seeker in seekers:
        able = [room for room in rooms if free[room.id] > 0 and (wanted[room.id] or not room.wanted)]
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
        joins.append((seeker.id, best.id))
        free[best.id] -= 1
        if seeker.part in wanted[best.id]:
            wanted[best.id].remove(seeker.part)
        elif wanted[best.id] and not seeker.part:
            wanted[best.id].pop()
    return joins, left


def groups(seekers, *, size=GROUP) -> list[list[Seeker]]:
    """New teams of neighbours, as even as they can be, nobody alone; fewer than two stay where they are."""
    if len(seekers) < 2:
        return []
    row = sorted(seekers, key=lambda seeker: (seeker.carriage or 999, seeker.id))
    count = max(1, -(-len(row) // size))
    if len(row) // count < 2:
        count = len(row) // 2
    share, extra = divmod(len(row), count)
    made, at = [], 0
    for number in range(count):
        take = share + (number < extra)
        made.append(row[at : at + take])
        at += take
    return made
