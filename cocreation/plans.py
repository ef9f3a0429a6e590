"""What a version of the film shows: its rows as values for the planner, its words, and its plan."""

from django.utils.translation import gettext_noop, override, pgettext

from cocreation import music, planner
from cocreation.media import flow
from cocreation.models import Challenge, Clip, Montage
from cocreation.models.montage import FPS
from cocreation.premiere import credits_of
from cocreation.rendering import styles as looks
from events.jobs import Failed


def styles():
    """The styles that a version can have."""
    return Challenge.Style.choices


def shots_of(rows, sequence) -> list[planner.Shot]:
    """The shots of a sequence as the planner knows them. `rows` maps a clip's number to its row."""
    return [shot_of(rows[row["clip"]], row) for row in sequence if row["clip"] in rows]


def shot_of(clip, row=None) -> planner.Shot:
    """One shot with what a hand wished of it; what does not fit the clip is brought inside it."""
    row = row or {}
    frames = frames_of(clip)
    start = row.get("start")
    start = None if start is None else max(0, min(int(start), frames - 1))
    length = row.get("length")
    length = None if length is None else max(1, min(int(length), frames - (start or 0)))
    energy, hue, light = flow_of(clip)
    return planner.Shot(
        key=str(clip.pk),
        team=str(clip.team_id),
        frames=frames,
        likes=clip.likes_count,
        energy=energy,
        hue=hue,
        light=light,
        start=start,
        length=length,
        locked=bool(row.get("lock")) and length is not None,
        mute=bool(row.get("mute")),
        caption=str(row.get("caption", clip.caption))[:60],  # the team's own words until a hand writes others
        sound=bool(clip.facts.get("sound")),
    )


def flow_of(clip) -> tuple[float, float, float]:
    """`(energy, hue, light)`, each 0..1: how much the picture moves, its colour. Kept in the clip's facts.

    Energy is how many bits a second the preview takes at a constant quality: what moves cannot be compressed.
    """
    kept = clip.facts.get("flow")
    return tuple(kept) if kept else flow.UNKNOWN


def look_for_flow(clips) -> None:
    """Find energy and colour of shots that have a preview and have not been looked at."""
    for clip in clips:
        proxy, poster = clip.rendition("proxy"), clip.rendition("poster")
        if clip.facts.get("flow") or not proxy or not poster:
            continue
        try:
            energy = flow.energy(proxy.file.size, clip.seconds)
            with poster.file.open("rb") as file:
                hue, light = flow.colour(file)
        except OSError:
            continue
        clip.facts["flow"] = [round(energy, 4), round(hue, 4), round(light, 4)]
        Clip.objects.filter(pk=clip.pk).update(facts=clip.facts)


def rows_of(montage) -> dict[int, Clip]:
    """The shots of the version as it is now (`todays`), by number."""
    return with_files(Clip.objects.filter(team__challenge=montage.challenge_id)).in_bulk(
        [row["clip"] for row in todays(montage.sequence, montage.challenge_id)]
    )


def with_files(clips):
    """Clips with what a film reads of them."""
    return clips.select_related("team__event").prefetch_related("renditions")


def todays(sequence, challenge) -> list[dict]:
    """The rows of a sequence that can be in a film now: a take that was replaced is the one that stands in its place today.

    Caption, mute and lock stay the place's; a trim goes where the new take is too short for it. Where a hand has chosen an
    earlier take (`take`), it stays that one for as long as it may be shown (`earlier`).
    """
    ready = {clip.pk: clip for clip in Clip.objects.standing().filter(team__challenge=challenge)}
    if all(row["clip"] in ready for row in sequence):
        return list(sequence)
    places = {(clip.team_id, clip.slot): clip for clip in ready.values()}
    old = Clip.objects.filter(pk__in=[row["clip"] for row in sequence]).exclude(pk__in=ready)
    heirs = {pk: places.get((team, slot)) for pk, team, slot in old.values_list("pk", "team_id", "slot")}
    stays = {clip.pk for clip in earlier(challenge)} if any(row.get("take") for row in sequence) else set()
    found, seen = [], {row["clip"] for row in sequence if row["clip"] in ready}
    for row in sequence:
        heir = heirs.get(row["clip"])
        if row["clip"] in ready or (row.get("take") and row["clip"] in stays):
            found.append(row)
        elif heir and heir.pk not in seen:
            seen.add(heir.pk)
            found.append(_of_take(row, heir))
    return found


def earlier(challenge) -> list[Clip]:
    """Takes that another one stands for and that may be in a film nevertheless, the last ones first: their bytes are there.

    Consent is the place's: today's take may be shown, this one might, and between them the team did not take any back.
    """
    standing = Clip.objects.standing().filter(team__challenge=challenge).values_list("pk", "team_id", "slot")
    shown, places = {pk for pk, *_place in standing}, {tuple(place) for _pk, *place in standing}
    old = with_files(Clip.objects.filter(team__challenge=challenge).exclude(withdrawn_at=None))
    found = []
    for clip in old.order_by("-withdrawn_at", "-pk"):
        if not clip.may_publish:
            places.discard((clip.team_id, clip.slot))
        usable = clip.state == Clip.State.READY and clip.original and clip.pk not in shown
        if usable and (clip.team_id, clip.slot) in places:
            found.append(clip)
    return found


def _of_take(row, clip) -> dict:
    """The row with another take in it."""
    fits = (row.get("start") or 0) + (row.get("length") or 1) <= frames_of(clip)
    gone = {"take"} if fits else {"take", "start", "length"}
    return {name: value for name, value in row.items() if name not in gone} | {"clip": clip.pk}


def frames_of(clip) -> int:
    """How many frames of the film a shot has."""
    return max(1, int(clip.seconds * FPS + 1e-6))


def left_out(sequence, challenge) -> tuple[list[str], list[str]]:
    """`(taken back or not to be shown, waiting for a take that can be shown)`: shots of a sequence that no film shows now.

    By name; what was erased has none and is not told.
    """
    named = Clip.objects.filter(pk__in=[row["clip"] for row in sequence], team__challenge=challenge)
    held = set(Clip.objects.standing().filter(team__challenge=challenge).values_list("team_id", "slot"))
    missing = [clip for clip in named.select_related("team") if (clip.team_id, clip.slot) not in held]
    agreed = Clip.objects.current().filter(team__challenge=challenge, may_publish=True).exclude(state=Clip.State.READY)
    coming = set(agreed.values_list("team_id", "slot"))
    waits = [str(clip) for clip in missing if (clip.team_id, clip.slot) in coming]
    return [str(clip) for clip in missing if (clip.team_id, clip.slot) not in coming], waits


def timeline_of(montage, rows=None) -> planner.Timeline:
    """The plan of a version as its rows are now. Raises Failed when no shot of it is ready."""
    rows = rows_of(montage) if rows is None else rows
    shots = shots_of(rows, todays(montage.sequence, montage.challenge_id))
    if not shots:
        raise Failed(gettext_noop("No shot is ready yet."))
    whole = None if montage.length == Montage.Length.ALL else int(montage.length) * FPS
    wishes = planner.Wishes(montage.order, whole, montage.own_sound)
    heard = beats = None
    if montage.soundtrack:
        most = (sum(shot.frames for shot in shots) + 120 * FPS) if whole is None else 2 * whole + 60 * FPS
        heard, beats = music.plays(montage.soundtrack, most)
    challenge = montage.challenge
    shown = {rows[int(shot.key)].team_id for shot in shots}
    words = credits(challenge, shown, montage.soundtrack)
    return planner.plan(shots, wishes, looks.style(montage.style), title(challenge), words, music=heard, beats=beats)


def title(challenge) -> planner.Card:
    """The words of the opening, Chinese first."""
    rest = (challenge.tagline, challenge.title_en, challenge.tagline_en)
    event = challenge.event
    day = event.local(event.starts_at).strftime("%Y.%m.%d")
    lines = tuple(line for line in rest if line)[:3]
    return planner.Card(f"《{challenge.title}》", lines, event.title, event.city, day)


def credits(challenge, teams, soundtrack) -> planner.Credits:
    """The end roll: teams with the people who agreed, sponsors, music, crew."""
    made = [
        (f"{team.code}  {team.shown_name}" if team.shown_name != team.code else team.code, *names)
        for team, names in credits_of(challenge)
        if team.pk in teams
    ]
    event = challenge.event
    sponsors = tuple((name,) for name in event.sponsors.values_list("name", flat=True))
    members = event.crew.select_related("user").order_by("pk")
    crew = tuple((name,) for name in dict.fromkeys(member.user.name for member in members if member.user.name))
    sections = [(_both("Made by"), tuple(made)), (_both("With thanks to"), sponsors)]
    if soundtrack:
        sections.append(
            (_both("Music"), ((soundtrack.title, soundtrack.credit),) if soundtrack.credit else ((soundtrack.title,),))
        )
    sections.append((_both("Crew"), crew))
    place = " · ".join(
        word for word in (event.title, event.city, event.local(event.starts_at).strftime("%Y.%m.%d")) if word
    )
    sections.append((place, ()))
    return planner.Credits(tuple((heading, lines) for heading, lines in sections if lines or heading == place))


def credits_today(attempt, timeline) -> planner.Credits:
    """The end roll of a film's plan with the names of today: hidden since, or not agreed to any more, none stands there."""
    teams = {int(item.team) for item in timeline.shots}
    return credits(attempt.montage.challenge, teams, attempt.montage.soundtrack if timeline.music else None)


def are_credits_old(attempt) -> bool:
    """Whether the end roll of a finished film is not what it would be today; its music is what it was."""
    timeline, music_too = planner.Timeline.from_json(attempt.plan), _both("Music")
    then, now = (
        [section for section in found.sections if section[0] != music_too]
        for found in (timeline.credits, credits_today(attempt, timeline))
    )
    return then != now


def _both(msgid) -> str:
    """A heading in Chinese and English: the film is for the whole room."""
    HEADINGS = {  # named here so that they are collected  # noqa: N806
        "Made by": lambda: pgettext("end roll", "Made by"),
        "With thanks to": lambda: pgettext("end roll", "With thanks to"),
        "Music": lambda: pgettext("end roll", "Music"),
        "Crew": lambda: pgettext("end roll", "Crew"),
    }
    with override("zh-hans"):
        chinese = HEADINGS[msgid]()
    return chinese if chinese == msgid else f"{chinese}  {msgid}"
