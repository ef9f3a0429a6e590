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
    """New teams of neighbours, as even as they can be, nobody alone and none above the size.

    Fewer than two stay where they are, and of an odd number who can only be pairs the one who came last.
    """
    if size == 2:
        seekers = seekers[: len(seekers) // 2 * 2]
    if len(seekers) < 2 or size < 2:
        return []
    row = sorted(seekers, key=lambda seeker: (seeker.carriage or 999, seeker.id))
    count = -(-len(row) // size)
    share, extra = divmod(len(row), count)
    made, at = [], 0
    for number in range(count):
        take = share + (number < extra)
        made.append(row[at : at + take])
        at += take
    return made
