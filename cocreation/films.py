"""How rows become values for the planner and the machinery that makes pictures, and their values rows again."""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from cocreation import music, planner
from cocreation.media import copies, flow, picture
from cocreation.media.ffmpeg import Broken
from cocreation.models import Challenge, Clip, Montage
from cocreation.models.montage import FPS
from cocreation.premiere import credits_of
from cocreation.rendering import film as filming
from cocreation.rendering import sound
from cocreation.rendering import styles as looks
from cocreation.rendering.pictures import NAME_FADE, NAME_FRAMES, Source
from cocreation.rendering.pieces import Pace, Unmakeable
from cocreation.rendering.recipe import DRAFT, PHONE, lines
from events.jobs import Failed

PROXY = (16 * copies.PROXY_LINES, copies.PROXY_LINES)  # the size into which the small copy fits


@dataclass(frozen=True)
class Made:
    """A film in the workshop, not yet anybody's."""

    film: Path
    phone: Path | None
    poster: Path
    frames: int
    scenes: list
    plan: dict
    remark: str = ""  # what people should know of it, in a sentence


def styles():
    """The styles that a version can have."""
    return Challenge.Style.choices


# --- rows become values -------------------------------------------------------------------------------------------
def shots_of(rows, sequence) -> list[planner.Shot]:
    """The shots of a sequence as the planner knows them. `rows` maps a clip's number to its row."""
    return [shot_of(rows[row["clip"]], row) for row in sequence if row["clip"] in rows]


def shot_of(clip, row=None) -> planner.Shot:
    """One shot with what a hand wished of it; what does not fit the clip is brought inside it."""
    row = row or {}
    frames = max(1, int(clip.seconds * FPS + 1e-6))
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
    """The ready shots of the version, by number."""
    rows = Clip.objects.ready().filter(team__challenge=montage.challenge_id)
    rows = rows.select_related("team__event").prefetch_related("renditions")
    return rows.in_bulk([row["clip"] for row in montage.sequence])


def timeline_of(montage, rows=None) -> planner.Timeline:
    """The plan of a version as its rows are now. Raises Failed when no shot of it is ready."""
    rows = rows_of(montage) if rows is None else rows
    shots = shots_of(rows, montage.sequence)
    if not shots:
        raise Failed(_("No shot is ready yet."))
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


# --- values become a film -----------------------------------------------------------------------------------------
def source_of(clip, stack, *, draft=False) -> Source:
    """The file of a shot on this host: the upscaled picture where there is one, for a draft the small copy."""
    from cocreation.work import local

    file, facts, made = _picture_of(clip, draft)
    path, team = stack.enter_context(local(file)), clip.team
    return Source(
        path,
        ":".join(filter(None, [clip.sha256 or clip.original.name, made])),
        facts,
        code=team.code,
        name=team.shown_name if team.shown_name != team.code else "",
        colour=looks.COLOURS[(team.colour - 1) % len(looks.COLOURS)],
        words=f"{team.code} {clip.slot}",
        labelled=made == "proxy",
    )


def _picture_of(clip, draft):
    """`(file, facts, how it was made)` of the picture that the film shows."""
    better, small = clip.upscaled, clip.rendition("proxy")
    if draft and small:  # a tenth of the work: previews are there before the thought is gone
        wide, high = picture.fitting(clip.facts["width"], clip.facts["height"], *PROXY)
        return small.file, {"width": wide, "height": high, "matrix": picture.BT709}, "proxy"
    if better:
        facts = {"width": better.width, "height": better.height, "matrix": picture.BT709}
        return better.file, facts, f"{better.backend} {better.width}"
    return clip.original, _picture_facts(clip.facts), ""


def _picture_facts(facts):
    kept = ("width", "height", "matrix", "stored", "hdr", "alpha", "interlaced", "frames", "seconds")
    return {name: facts[name] for name in kept if name in facts}


def voices_of(clips, sources, stack) -> dict[str, Source]:
    """Sources for sound: the original, as an upscaled picture may have lost it."""
    from cocreation.work import local

    found = {}
    for key in sources:
        clip = clips[int(key)]
        path = stack.enter_context(local(clip.original))
        found[key] = Source(path, clip.sha256 or clip.original.name, {})
    return found


def render(job, attempt, folder, store) -> Made:
    """The film of an attempt in `folder`; pieces stay in `store`. A draft is small and has no copy for phones."""
    montage = attempt.montage
    rows = rows_of(montage)
    with ExitStack() as stack:
        track = music_file(montage.soundtrack, store, stack)
        timeline = timeline_of(montage, rows)
        sources = {item.key: source_of(rows[int(item.key)], stack, draft=attempt.is_draft) for item in timeline.shots}
        voices = voices_of(rows, sources, stack)
        canvas = DRAFT if attempt.is_draft else lines(settings.FILM_LINES)
        phone = None if attempt.is_draft or canvas.height <= PHONE.height else PHONE
        pace = Pace(timeline.frames * (2 if phone else 1))
        notes = {(key,): source.words for key, source in sources.items()}
        try:
            made = filming.make(
                timeline,
                sources,
                folder,
                store,
                music=track,
                canvas=canvas,
                pace=pace,
                tell=job.progress,
                notes=notes,
                voices=voices,
            )
        except Unmakeable as reason:
            attempt.stopped_by = [int(key) for key in reason.clips]
            type(attempt).objects.filter(pk=attempt.pk).update(stopped_by=attempt.stopped_by)
            named = ", ".join(sources[key].words for key in reason.clips) or _("a card")
            raise Failed(_("%(shot)s stopped the film: %(reason)s") % {"shot": named, "reason": reason}) from None
        small = filming.for_phones(made, folder, store, PHONE, pace=pace, tell=job.progress) if phone else None
        poster = folder / "poster.jpg"
        filming.poster(made.path, poster, poster_second(timeline))
    return Made(
        made.path, small, poster, timeline.frames, scenes_of(timeline), timeline.as_json(), remark_on(made.sound)
    )


def remark_on(heard) -> str:
    """What the desk says of a sound that could not be brought to the agreed loudness; "" for all others."""
    measured = sound.off(heard)
    return (
        _("The sound could not be brought to −16 LUFS: it is at %(measured)s.") % {"measured": measured}
        if measured
        else ""
    )


def poster_second(timeline) -> float:
    """Inside the first shot that stands longer than a name does, after the name has gone: the page's own words lie there.

    Where none does, the middle of the first shot: a title alone says nothing.
    """
    for item in timeline.shots:
        if item.frames > NAME_FRAMES + NAME_FADE + 12:
            return (item.start + NAME_FRAMES + (item.frames - NAME_FRAMES) // 2) / FPS
    first = timeline.shots[0]
    return (first.start + first.frames // 2) / FPS


def scenes_of(timeline) -> list[dict]:
    """Where each shot stands in the film, in frames."""
    return [
        {"clip": int(item.key), "team": int(item.team), "start": item.start, "frames": item.frames}
        for item in timeline.shots
    ]


def music_file(soundtrack, store, stack):
    """The file of the music on this host, heard."""
    from cocreation.work import local

    if soundtrack is None:
        return None
    if soundtrack.piece:
        return music.piece_file(store, soundtrack.piece)
    if not soundtrack.file:
        return None
    path = stack.enter_context(local(soundtrack.file))
    try:
        music.made_ready(soundtrack, store, path)
    except Broken:
        raise Failed(_("The music cannot be read: choose another piece.")) from None
    return path
