"""A version of the film becomes a file: its plan, its sources on this host, the render, and what is to be said of it."""

import contextlib
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_noop

from cocreation import music, planner, plans, remarks
from cocreation.media import copies, picture
from cocreation.media.children import Killed
from cocreation.media.ffmpeg import Broken
from cocreation.models import Clip, Montage
from cocreation.models.montage import FPS
from cocreation.rendering import film as filming
from cocreation.rendering import sound
from cocreation.rendering import styles as looks
from cocreation.rendering.pictures import NAME_FADE, NAME_FRAMES, Source
from cocreation.rendering.pieces import Pace, Unmakeable
from cocreation.rendering.recipe import DRAFT, PHONE, lines
from events.jobs import Failed

PROXY = (16 * copies.PROXY_LINES, copies.PROXY_LINES)  # the size into which the small copy fits
UNREADABLE = gettext_noop("The music cannot be read: choose another piece.")
NEARLY = 2  # seconds from the wished length of which nothing is said


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


def source_of(clip, stack, *, draft=False) -> Source:
    """The file of a shot on this host: the upscaled picture where there is one, for a draft the smallest."""
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
        words=named(clip),
        labelled=made == "proxy",
    )


def named(clip) -> str:
    """A shot in words for the crew."""
    return f"{clip.team.code} {clip.slot}"


def _picture_of(clip, draft):
    """`(file, facts, how it was made)` of the picture that the film shows."""
    better, small = clip.upscaled, clip.rendition("proxy")
    if draft and small:  # a tenth of the work: previews are there before the thought is gone
        wide, high = picture.fitting(clip.facts["width"], clip.facts["height"], *PROXY)
        return small.file, {"width": wide, "height": high, "matrix": picture.BT709}, "proxy"
    if better and not (draft and _smaller(clip.facts, better)):
        facts = {"width": better.width, "height": better.height, "matrix": picture.BT709}
        return better.file, facts, f"{better.backend} {better.width}"
    return clip.original, _picture_facts(clip.facts), ""


def _smaller(facts, better) -> bool:
    """Whether the original is the smaller picture: while the small copy waits its turn, a draft of it is there four times
    as soon."""
    return facts["width"] * facts["height"] < better.width * better.height


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
    music and tempo since, nobody has looked at another one. Its end roll alone has the names of today.
    """
    before = type(attempt).objects.filter(pk=job.arguments.get("replaces") or 0).exclude(plan={}).first()
    if before is None:
        rows = plans.rows_of(attempt.montage)
        return plans.timeline_of(attempt.montage, rows), rows
    timeline, track = planner.Timeline.from_json(before.plan), attempt.montage.soundtrack
    rows = plans.with_files(Clip.objects).in_bulk([int(item.key) for item in timeline.shots])
    if len(rows) < len(timeline.shots):
        raise Failed(gettext_noop("A shot of this film was erased: it stays as it is."))
    if timeline.music and (track is None or music.digest_of(track) != timeline.music.key):
        raise Failed(gettext_noop("The music of this film was taken away: it stays as it is."))
    return replace(timeline, credits=plans.credits_today(attempt, timeline)), rows


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
        pace = Pace(copies=2 if phone else 1)
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
                phone=phone,
            )
            small = filming.for_phones(made, folder, store, PHONE, pace=pace, tell=job.progress) if phone else None
            poster = folder / "poster.jpg"
            filming.poster(made.path, poster, poster_second(timeline))
        except Killed:  # the machine was short of memory: trying again may help
            raise
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
    """What the desk says of a film: another length than wished, a sound that is not as agreed or not there, absent teams."""
    found = off_length(attempt.montage.length, timeline.frames)
    if measured := sound.off(heard):
        found.append({"code": "loud", "measured": measured})
    unread = set(sound.unread(heard))
    silent = [key for key in {item.key for item in timeline.shots if not item.mute} if _dumb(voices.get(key), unread)]
    if silent:
        found.append({"code": "silent", "shots": ", ".join(sorted(str(rows[int(key)]) for key in silent))})
    inside = {rows[int(item.key)].team_id for item in timeline.shots}
    theirs = Clip.objects.current().filter(team__challenge=attempt.montage.challenge_id, may_publish=True)
    absent = theirs.exclude(state=Clip.State.REFUSED).exclude(team__in=inside)  # also those that are still looked at
    if codes := sorted(set(absent.values_list("team__code", flat=True))):
        found.append({"code": "teams", "teams": ", ".join(codes)})
    return found


def off_length(wished, frames) -> list[dict]:
    """What is said of a film that could not be as long as was wished; a second or two go to the beat."""
    lasts = round(frames / FPS)
    if wished == Montage.Length.ALL or abs(lasts - int(wished)) <= NEARLY:
        return []
    return [{"code": "longer" if lasts > int(wished) else "shorter", "lasts": lasts, "wished": int(wished)}]


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
        try:
            return music.piece_file(store, soundtrack.piece)
        except KeyError:
            raise Failed(UNREADABLE) from None
    if not soundtrack.file:
        return None
    path = stack.enter_context(local(soundtrack.file))
    try:
        music.made_ready(soundtrack, store, path)
    except Killed:  # that says nothing of the music
        raise
    except Broken as reason:
        if full(reason):  # that is waited for
            raise
        raise Failed(UNREADABLE) from None
    return path
