"""What an export calls things. PURE."""

from dataclasses import dataclass

from cocreation.planner import FPS, Timeline


@dataclass(frozen=True)
class Media:
    """A file that the timeline uses: its relative path, whole length in frames, a name for people."""

    path: str
    frames: int
    name: str


@dataclass(frozen=True)
class Reel:
    """A timeline with the files of its shots (by key), cards and music; an edit of it finds its version by `version`."""

    name: str
    timeline: Timeline
    shots: dict[str, Media]
    title: Media
    roll: Media
    music: Media | None = None
    width: int = 1920
    height: int = 1080
    version: int = 0

    def media(self, item) -> Media:
        """The file of an item."""
        return self.title if item.kind == "title" else self.roll if item.kind == "roll" else self.shots[item.key]

    def music_runs(self) -> list[tuple[int, int]]:
        """`(start, frames)` of each time that the music plays, in frames of the film."""
        if not self.music or not self.timeline.music:
            return []
        whole, loop = self.timeline.frames, self.timeline.music.loop or self.timeline.frames
        return [(start, min(loop, whole - start)) for start in range(0, whole, max(1, loop))]


def timecode(frame: int) -> str:
    """00:01:02:15, thirty frames a second, none dropped."""
    seconds, frames = divmod(frame, FPS)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}:{frames:02}"
