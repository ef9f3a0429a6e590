"""The film as its page shows it: scenes with exact seconds, and where a person's own shots are."""

from dataclasses import dataclass

from cocreation.models import Clip, Team, TeamCut, TeamMember
from cocreation.models.montage import FPS


@dataclass(frozen=True)
class Scene:
    """A shot in the film, by frames."""

    clip: Clip
    start: int
    frames: int
    mine: bool

    @property
    def seconds(self) -> float:
        return self.start / FPS

    @property
    def at(self) -> str:
        return clock(self.seconds)


def clock(seconds) -> str:
    """1:42"""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def page(render, attendee) -> dict:
    """The context of the film's page."""
    scenes = scenes_of(render, attendee)
    own = [scene for scene in scenes if scene.mine]
    challenge = render.montage.challenge
    return {
        "film": render,
        "scenes": scenes,
        "bare": without_picture(render, scenes),
        "own": own,
        "duration": clock(render.seconds),
        "teams_count": len({scene.clip.team_id for scene in scenes}),
        "shots_count": len({scene.clip.pk for scene in scenes}),
        "challenge": challenge,
        "cuts": cuts_of(render, attendee) if own else [],
    }


def without_picture(render, scenes) -> set[int]:
    """Shots of the film without a still to show: none was made, or their place has taken them back since then."""
    from cocreation import editing

    held = editing.withheld(render) if any(scene.clip.withdrawn_at for scene in scenes) else []
    gone = {clip.pk for clip in held if clip.withdrawn_at}
    return {scene.clip.pk for scene in scenes if scene.clip.pk in gone or not scene.clip.has_poster}


def cuts_of(render, attendee) -> list[tuple[str, str, object, bool, str]]:
    """What a person of a team may have made of its part.

    `(kind, what it is called, the cut or None, whether it failed, what it waits for)`
    """
    from cocreation import team_cuts

    made = team_cuts.of(render, attendee)
    found = [(kind, label, made.get(kind)) for kind, label in TeamCut.Kind.choices]
    return [(*row, team_cuts.has_failed(row[2]), team_cuts.waits_for(row[2])) for row in found]  # type: ignore[misc]


def scenes_of(render, attendee=None) -> list[Scene]:
    """The scenes in the film's order. A shot that was erased since then is left out of the list, not of the film."""
    ids = [row["clip"] for row in render.scenes]
    clips = Clip.objects.select_related("team").prefetch_related("renditions").in_bulk(ids)
    teams = set(TeamMember.objects.filter(attendee=attendee).values_list("team", flat=True)) if attendee else set()
    return [
        Scene(
            clips[row["clip"]],
            row["start"],
            row["frames"],
            clips[row["clip"]].team_id in teams
            or (attendee is not None and clips[row["clip"]].sender_id == attendee.pk),
        )
        for row in render.scenes
        if row["clip"] in clips
    ]


def credits_of(challenge) -> list[tuple[Team, list[str]]]:
    """Teams with the people who agreed to be named."""
    found = []
    for team in challenge.teams.prefetch_related("members__attendee"):
        names = [
            place.attendee.name
            for place in team.members.all()
            if place.attendee.credits_ok and place.attendee.forgotten_at is None
        ]
        found.append((team, names))
    return found
