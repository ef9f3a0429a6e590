"""The words of a plan. All lengths are whole frames at 30 a second; `key` names a shot and means nothing here. PURE."""

from dataclasses import asdict, dataclass, field, replace

FPS = 30
LETTERS = 48  # that fit beside a team in a row of the end roll


@dataclass(frozen=True)
class Shot:
    """A shot that may be in the film, with what people wished of it by hand.

    `energy`, `hue` and `light` are 0..1. `start` and `length` are the trim (None: the planner chooses), `locked`:
    the length is kept to the frame, also against the beat.
    """

    key: str
    team: str
    frames: int
    likes: int = 0
    energy: float = 0.5
    hue: float = 0.0
    light: float = 0.5
    start: int | None = None
    length: int | None = None
    locked: bool = False
    mute: bool = False
    caption: str = ""
    sound: bool = False


@dataclass(frozen=True)
class Beats:
    """Where the music beats, in frames of the film from its first; every `bar`-th from `first` on begins a bar."""

    frames: tuple[int, ...] = ()
    bar: int = 4
    first: int = 0

    def begins_bar(self, place) -> bool:
        """Whether the beat at this place of `frames` begins a bar."""
        return (place - self.first) % self.bar == 0


@dataclass(frozen=True)
class Style:
    """How a film is cut: the transition between shots, the wished seconds of a shot, the look of cards by name."""

    name: str
    transition: str = "cut"  # cut | dissolve | dip
    frames: int = 0  # of the transition, even
    seconds: float = 2.6
    colour: str = "#080c0a"  # what a dip goes through


@dataclass(frozen=True)
class Music:
    """What plays: `key` names it, `loop` is its length in frames before it begins again, 0 for never."""

    key: str
    credit: str = ""
    loop: int = 0


@dataclass(frozen=True)
class Card:
    """The words of the opening title; `event`, `place` and `day` say where it was made, as far as that is known."""

    title: str
    lines: tuple[str, ...] = ()
    event: str = ""
    place: str = ""
    day: str = ""


@dataclass(frozen=True)
class Credits:
    """The end roll: a heading with its lines, section after section. A line is one or two columns of text."""

    sections: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...] = ()

    @property
    def rows(self) -> int:
        """About how many rows of text it takes: many names go on in the next one."""
        return sum(2 + sum(1 + wide(line[1:]) // LETTERS for line in lines) for _heading, lines in self.sections)


@dataclass(frozen=True)
class Wishes:
    """`order`: team, vote, flow or hand. `frames`: of the whole film, None for as long as the shots are."""

    order: str = "team"
    frames: int | None = None
    own_sound: str = "over"  # over: the music ducks under it; under: it lies under the music; off


@dataclass(frozen=True)
class Transition:
    """Into an item, centred on its first frame: half of `frames` before it, half after."""

    kind: str = "cut"
    frames: int = 0

    @property
    def half(self) -> int:
        return self.frames // 2


@dataclass(frozen=True)
class Item:
    """Something that stands in the film from `start` for `frames`; of a shot, from its frame `source` on."""

    kind: str  # title | shot | roll
    start: int
    frames: int
    key: str = ""
    team: str = ""
    source: int = 0
    into: Transition = field(default_factory=Transition)
    mute: bool = False
    caption: str = ""
    on_beat: bool = False

    @property
    def end(self) -> int:
        return self.start + self.frames


@dataclass(frozen=True)
class Timeline:
    """The one truth that the render, the exports and the pages read."""

    items: tuple[Item, ...]
    style: Style
    title: Card
    credits: Credits
    music: Music | None = None
    beats: tuple[int, ...] = ()
    own_sound: str = "over"
    fps: int = FPS

    @property
    def frames(self) -> int:
        return self.items[-1].end if self.items else 0

    @property
    def shots(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.kind == "shot")

    def as_json(self) -> dict:
        """Plain lists and dicts; `from_json` is its inverse."""
        return asdict(self)

    @classmethod
    def from_json(cls, found) -> "Timeline":
        items = tuple(Item(**{**row, "into": Transition(**row["into"])}) for row in found["items"])
        sections = tuple(
            (heading, tuple(tuple(line) for line in lines)) for heading, lines in found["credits"]["sections"]
        )
        return cls(
            items=items,
            style=Style(**found["style"]),
            title=Card(**{**found["title"], "lines": tuple(found["title"]["lines"])}),
            credits=Credits(sections),
            music=Music(**found["music"]) if found["music"] else None,
            beats=tuple(found["beats"]),
            own_sound=found["own_sound"],
            fps=found["fps"],
        )


def wide(words) -> int:
    """How many Latin letters these words are wide; a Chinese one is as wide as two."""
    return sum(2 if char > "\u2e80" else 1 for word in words for char in word)


def even(number) -> int:
    """The even number at or below."""
    return int(number) // 2 * 2


def changed(shot: Shot, **fields) -> Shot:
    """The shot with other wishes."""
    return replace(shot, **fields)
