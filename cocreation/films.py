"""How rows become values for the planner and the machinery that makes pictures, and their values rows again."""

import contextlib
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_noop, override, pgettext

from cocreation import music, planner, remarks
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
    remark: str = ""  # what people should know of it, as codes (cocreation.remarks)


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
    """The ready shots of the version as it is now (`todays`), by number."""
    return with_files(Clip.objects.ready().filter(team__challenge=montage.challenge_id)).in_bulk(
        [row["clip"] for row in todays(montage.sequence, montage.challenge_id)]
    )


def with_files(clips):
    """Clips with what a film reads of them."""
    return clips.select_related("team__event").prefetch_related("renditions")


def todays(sequence, challenge) -> list[dict]:
    """The rows of a sequence that can be in a film now: a take that was replaced is the one that holds its place today.

    Caption, mute and lock stay the place's; a trim goes where the new take is too short for it.
    """
    ready = {clip.pk: clip for clip in Clip.objects.ready().filter(team__challenge=challenge)}
    if all(row["clip"] in ready for row in sequence):
        return list(sequence)
    places = {(clip.team_id, clip.slot): clip for clip in ready.values()}
    old = Clip.objects.exclude(withdrawn_at=None).filter(pk__in=[row["clip"] for row in sequence])
    heirs = {pk: places.get((team, slot)) for pk, team, slot in old.values_list("pk", "team_id", "slot")}
    found, seen = [], {row["clip"] for row in sequence if row["clip"] in ready}
    for row in sequence:
        heir = heirs.get(row["clip"])
        if row["clip"] in ready:
            found.append(row)
        elif heir and heir.pk not in seen:
            seen.add(heir.pk)
            found.append(_of_take(row, heir))
    return found


def _of_take(row, clip) -> dict:
    """The row with another take in it."""
    fits = (row.get("start") or 0) + (row.get("length") or 1) <= frames_of(clip)
    return {name: value for name, value in row.items() if fits or name not in ("start", "length")} | {"clip": clip.pk}


def frames_of(clip) -> int:
    """How many frames of the film a shot has."""
    return max(1, int(clip.seconds * FPS + 1e-6))


def left_out(sequence, challenge) -> list[str]:
    """Shots of a sequence that cannot be in a film now, by name; what was erased has none and is not told."""
    named = Clip.objects.filter(pk__in=[row["clip"] for row in sequence], team__challenge=challenge)
    held = set(Clip.objects.ready().filter(team__challenge=challenge).values_list("team_id", "slot"))
    return [str(clip) for clip in named.select_related("team") if (clip.team_id, clip.slot) not in held]


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
    """Sources for sound: the original, as an upscaled picture may have lost it. One that is gone has none."""
    from cocreation.work import local

    found = {}
    for key in sources:
        clip = clips[int(key)]
        with contextlib.suppress(FileNotFoundError):  # only a storage elsewhere says so; here it cannot be decoded
            path = stack.enter_context(local(clip.original))
            found[key] = Source(path, clip.sha256 or clip.original.name, {})
    return found


def planned(job, attempt) -> tuple[planner.Timeline, dict[int, Clip]]:
    """What an attempt shows, and its shots. Raises Failed.

    A film that is made again by itself, for better pictures, is the very film that it replaces: whatever became of takes,
    music and tempo since, nobody has looked at another one.
    """
    before = type(attempt).objects.filter(pk=job.arguments.get("replaces") or 0).exclude(plan={}).first()
    if before is None:
        rows = rows_of(attempt.montage)
        return timeline_of(attempt.montage, rows), rows
    timeline, track = planner.Timeline.from_json(before.plan), attempt.montage.soundtrack
    rows = with_files(Clip.objects).in_bulk([int(item.key) for item in timeline.shots])
    if len(rows) < len(timeline.shots):
        raise Failed(gettext_noop("A shot of this film was erased: it stays as it is."))
    if timeline.music and (track is None or music.digest_of(track) != timeline.music.key):
        raise Failed(gettext_noop("The music of this film was taken away: it stays as it is."))
    return timeline, rows


def sources_of(timeline, rows, attempt, stack) -> dict[str, Source]:
    """The files of the shots on this host. Raises Failed with the name of one that is gone."""
    found = {}
    for item in timeline.shots:
        clip = rows[int(item.key)]
        try:
            found[item.key] = source_of(clip, stack, draft=attempt.is_draft)
        except FileNotFoundError:
            reason = gettext_noop("%(shot)s stopped the film: its file is gone.")
            raise stopped(attempt, [item.key], reason, shot=str(clip)) from None
    return found


def stopped(attempt, keys, words, **filled) -> Failed:
    """The end of an attempt, with the shots that were the reason kept in it."""
    attempt.stopped_by = [int(key) for key in keys]
    type(attempt).objects.filter(pk=attempt.pk).update(stopped_by=attempt.stopped_by)
    return Failed(words, **filled)


def render(job, attempt, folder, store) -> Made:
    """The film of an attempt in `folder`; pieces stay in `store`. A draft is small and has no copy for phones."""
    with ExitStack() as stack:
        track = music_file(attempt.montage.soundtrack, store, stack)  # heard first: the plan asks for its beats
        timeline, rows = planned(job, attempt)
        sources = sources_of(timeline, rows, attempt, stack)
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
            small = filming.for_phones(made, folder, store, PHONE, pace=pace, tell=job.progress) if phone else None
            poster = folder / "poster.jpg"
            filming.poster(made.path, poster, poster_second(timeline))
        except Broken as reason:
            if full(reason):  # that is waited for
                raise
            raise _end_of(attempt, sources, reason) from None
    remark = remarks.note(remarks_on(attempt, timeline, rows, voices, made.sound))
    return Made(made.path, small, poster, timeline.frames, scenes_of(timeline, rows), timeline.as_json(), remark)


def _end_of(attempt, sources, reason) -> Failed:
    """What stopped the film, in words: shots by name, a card, or the putting together."""
    if not isinstance(reason, Unmakeable):
        return Failed(gettext_noop("The film could not be put together: %(reason)s"), reason=str(reason))
    if not reason.clips:
        return Failed(gettext_noop("A card stopped the film: %(reason)s"), reason=str(reason))
    named = ", ".join(sources[key].words for key in reason.clips)
    words = gettext_noop("%(shot)s stopped the film: %(reason)s")
    return stopped(attempt, reason.clips, words, shot=named, reason=str(reason))


def full(reason) -> bool:
    """Whether a child stopped because the disk is full."""
    return "No space left" in str(reason)


def remarks_on(attempt, timeline, rows, voices, heard) -> list[dict]:
    """What the desk says of a film that is made: a sound that is not as agreed or not there, teams that are not in it."""
    found = []
    if measured := sound.off(heard):
        found.append({"code": "loud", "measured": measured})
    unread = set(sound.unread(heard))
    silent = [key for key in {item.key for item in timeline.shots if not item.mute} if _dumb(voices.get(key), unread)]
    if silent:
        found.append({"code": "silent", "shots": ", ".join(sorted(str(rows[int(key)]) for key in silent))})
    inside = {rows[int(item.key)].team_id for item in timeline.shots}
    ready = Clip.objects.ready().filter(team__challenge=attempt.montage.challenge_id).exclude(team__in=inside)
    if codes := sorted(set(ready.values_list("team__code", flat=True))):
        found.append({"code": "teams", "teams": ", ".join(codes)})
    return found


def _dumb(voice, unread) -> bool:
    return voice is None or voice.digest in unread


def poster_second(timeline) -> float:
    """Inside the first shot that stands longer than a name does, after the name has gone: the page's own words lie there.

    Where none does, the middle of the first shot: a title alone says nothing.
    """
    for item in timeline.shots:
        if item.frames > NAME_FRAMES + NAME_FADE + 12:
            return (item.start + NAME_FRAMES + (item.frames - NAME_FRAMES) // 2) / FPS
    first = timeline.shots[0]
    return (first.start + first.frames // 2) / FPS


def scenes_of(timeline, rows) -> list[dict]:
    """Where each shot stands in the film, in frames, and by what its picture was enlarged ("" for the original)."""
    return [
        {
            "clip": int(item.key),
            "team": int(item.team),
            "start": item.start,
            "frames": item.frames,
            "picture": made.backend if (made := rows[int(item.key)].upscaled) else "",
        }
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
        raise Failed(gettext_noop("The music cannot be read: choose another piece.")) from None
    return path
