"""How rows become values for the planner and the machinery that makes pictures, and their values rows again."""

import colorsys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from cocreation import music, planner
from cocreation.media.ffmpeg import Broken
from cocreation.models import Clip, Montage
from cocreation.models.montage import FPS
from cocreation.premiere import credits_of
from cocreation.rendering import film as filming
from cocreation.rendering import styles as looks
from cocreation.rendering.pictures import Source
from cocreation.rendering.pieces import Pace, Unmakeable
from cocreation.rendering.recipe import DRAFT, PHONE, lines
from events.jobs import Failed


@dataclass(frozen=True)
class Made:
    """A film in the workshop, not yet anybody's."""

    film: Path
    phone: Path | None
    poster: Path
    frames: int
    scenes: list
    plan: dict


def styles():
    """The styles that a version can have."""
    return [
        ("express", pgettext("style", "Express: cuts on the beat")),
        ("window", pgettext("style", "Window seat: slow dissolves")),
        ("ticket", pgettext("style", "Ticket: dips to paper")),
    ]


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
        caption=str(row.get("caption", ""))[:60],
        sound=bool(clip.facts.get("sound")),
    )


def flow_of(clip) -> tuple[float, float, float]:
    """`(energy, hue, light)`, each 0..1: how much the picture moves, its colour. Kept in the clip's facts.

    Energy is how many bits a second the preview takes at a constant quality: what moves cannot be compressed.
    """
    kept = clip.facts.get("flow")
    return tuple(kept) if kept else (0.5, 0.0, 0.5)


def look_for_flow(clips) -> None:
    """Find energy and colour of shots that have a preview and have not been looked at."""
    for clip in clips:
        proxy, poster = clip.rendition("proxy"), clip.rendition("poster")
        if clip.facts.get("flow") or not proxy or not poster:
            continue
        try:
            rate = proxy.file.size * 8 / max(0.1, clip.seconds)
            hue, light = _colour(poster)
        except OSError:
            continue
        clip.facts["flow"] = [round(min(1.0, rate / 1_500_000), 4), round(hue, 4), round(light, 4)]
        Clip.objects.filter(pk=clip.pk).update(facts=clip.facts)


def _colour(poster):
    from PIL import Image

    with poster.file.open("rb") as file, Image.open(file, formats=("JPEG",)) as image:
        image.draft("RGB", (32, 18))
        red, green, blue = image.convert("RGB").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    hue, light, _saturation = colorsys.rgb_to_hls(red / 255, green / 255, blue / 255)
    return hue, light


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
    return planner.Card(f"《{challenge.title}》", tuple(line for line in rest if line)[:3])


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
    place = " · ".join(word for word in (event.title, event.city, event.starts_at.strftime("%Y.%m.%d")) if word)
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
def source_of(clip, stack) -> Source:
    """The file of a shot on this host: the upscaled picture where there is one."""
    from cocreation.work import local

    better, team = clip.upscaled, clip.team
    path = stack.enter_context(local(better.file if better else clip.original))
    facts = {"width": better.width, "height": better.height, "matrix": 1} if better else _picture_facts(clip.facts)
    digest = ":".join(filter(None, [clip.sha256 or clip.original.name, better and f"{better.backend} {better.width}"]))
    return Source(
        path,
        digest,
        facts,
        code=team.code,
        name=team.shown_name if team.shown_name != team.code else "",
        colour=looks.COLOURS[(team.colour - 1) % len(looks.COLOURS)],
        words=f"{team.code} {clip.slot}",
    )


def _picture_facts(facts):
    kept = ("width", "height", "matrix", "stored", "hdr", "alpha", "interlaced", "frames", "seconds")
    return {name: facts[name] for name in kept if name in facts}


def voices_of(clips, sources, stack) -> dict[str, Source]:
    """Sources for sound: the original, as an upscaled picture may have lost it."""
    from cocreation.work import local

    found = {}
    for key, source in sources.items():
        clip = clips[int(key)]
        path = stack.enter_context(local(clip.original)) if clip.upscaled else source.path
        found[key] = Source(path, clip.sha256 or clip.original.name, {})
    return found


def render(job, attempt, folder, store) -> Made:
    """The film of an attempt in `folder`; pieces stay in `store`. A draft is small and has no copy for phones."""
    montage = attempt.montage
    rows = rows_of(montage)
    with ExitStack() as stack:
        track = music_file(montage.soundtrack, store, stack)
        timeline = timeline_of(montage, rows)
        sources = {item.key: source_of(rows[int(item.key)], stack) for item in timeline.shots}
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
    return Made(made.path, small, poster, timeline.frames, scenes_of(timeline), timeline.as_json())


def poster_second(timeline) -> float:
    """The middle of the first shot: a title alone says nothing."""
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
