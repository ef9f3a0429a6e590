"""What an editor goes on with: the plan for cutting programs, and everything in one archive.

The plans are text and are answered at once. The archives hold shots that have to be made first: a job packs them.
"""

import contextlib
import csv
import hashlib
import io
import zipfile
from contextlib import ExitStack
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.http import FileResponse, HttpResponse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, override

from cocreation import editing, films, handed, music, planner
from cocreation import timeline_export as export
from cocreation.hands import takes_long
from cocreation.media.children import Killed
from cocreation.media.ffmpeg import Broken
from cocreation.models import Clip, Montage, Render
from cocreation.models.montage import FPS
from cocreation.rendering import cards, film, pieces
from cocreation.rendering.mezzanines import mezzanine
from cocreation.rendering.recipe import lines
from cocreation.timeline_export.naming import timecode
from cocreation.work import local, patient, scratch, store, workshop
from events import jobs, live
from events.models import Job
from events.text import harmless

PLANS = {
    "otio": ("OpenTimelineIO", export.otio, "application/json"),
    "xml": ("Premiere", export.fcp7, "application/xml"),
    "fcpxml": ("Final Cut", export.fcpxml, "application/xml"),
    "edl": ("EDL", export.edl, "text/plain; charset=utf-8"),
}
ARCHIVES = {"zip": gettext_lazy("Everything"), "otioz": "OTIOZ"}
AGAIN = gettext_noop("A shot was taken back while this was packed. It is packed again without it.")
KINDS = {kind: name for kind, (name, _write, _type) in PLANS.items()} | ARCHIVES
COLUMNS = "number,kind,team,name,shot,title,film_in,film_out,frames,source_in,source_out,transition,mezzanine,original"


def over(attempt, kind):
    """The answer that carries a plan, or an archive that is packed already; None when it has to be packed first."""
    name = f"{slugify(attempt.montage.challenge.event.slug)}-film-v{attempt.montage.number}.{kind}"
    if kind in PLANS:
        _name, write, content_type = PLANS[kind]
        disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(write(reel_of(attempt)), content_type=content_type, headers=disposition)
    packed = attempt.bundle if kind == "zip" else attempt.otioz
    if not packed or not handed.is_current(attempt):
        return None
    return FileResponse(packed.open("rb"), as_attachment=True, filename=name)


def pack(attempt) -> None:
    """Have both archives made; pressing twice makes them once."""
    jobs.enqueue("pack_handover", subject=attempt.pk, event=attempt.montage.challenge.event)


def job_of(attempt) -> Job | None:
    """The job that packs this film's archives, while it is open or has failed."""
    rows = Job.objects.filter(kind="pack_handover", subject=attempt.pk)
    return rows.filter(state__in=[*Job.OPEN, Job.State.FAILED]).order_by("-pk").first()


def reel_of(attempt) -> export.Reel:
    """The rendered plan with the names that its files have in the archive.

    A shot that its team has taken back keeps its place, and loses its team's words.
    """
    timeline = planner.Timeline.from_json(attempt.plan)
    clips = Clip.objects.select_related("team").in_bulk([int(item.key) for item in timeline.shots])
    held = {clip.pk for clip in editing.withheld(attempt)}
    shots = {}
    for number, item in enumerate(timeline.shots, 1):
        clip = clips.get(int(item.key))
        word = f"{clip.team.code}-{clip.slot}" if clip else f"shot-{item.key}"
        frames = max(item.source + item.frames, int(clip.seconds * FPS + 1e-6) if clip else 0)
        title = clip.title if clip and clip.pk not in held else ""
        label = f"{clip.team.code} {clip.slot} {title}".strip() if clip else word
        shots[item.key] = export.Media(f"media/{number:03}-{word}.mp4", frames, label)
    ends = timeline.items[0], timeline.items[-1]
    track = None
    if timeline.music:
        track = export.Media(
            "music/music.wav", timeline.music.loop or timeline.frames, timeline.music.credit or "Music"
        )
    canvas = lines(settings.FILM_LINES)
    return export.Reel(
        f"{timeline.title.title} v{attempt.montage.number}",
        timeline,
        shots,
        export.Media("media/000-title.mp4", ends[0].frames, "Title"),
        export.Media("media/999-end-roll.mp4", ends[1].frames, "End roll"),
        track,
        canvas.width,
        canvas.height,
        attempt.montage_id,
    )


def returned(montage, content, *, by=None) -> tuple[Montage, export.Returned]:
    """A new version from an edited .otio or .otioz, and what was read, with what had to be left out. Raises NotOurs.

    It follows the version that was handed over, else, where a program dropped its number, this one.
    """
    of_challenge = Montage.objects.filter(challenge=montage.challenge_id).select_related("challenge__event")
    montage = of_challenge.filter(pk=export.version_of(content) or 0).first() or montage
    ready = Clip.objects.standing().filter(team__challenge=montage.challenge).select_related("team")
    names = {}
    for attempt in montage.renders.filter(is_draft=False).exclude(finished_at=None)[:1]:
        names = {Path(media.path).name: key for key, media in reel_of(attempt).shots.items()}
    known = {f"clip-{clip.pk}": str(clip.pk) for clip in ready} | names
    found = export.read(content, known)
    return editing.copy_of(montage, found.sequence, by=by, order="hand"), found


@jobs.kind("pack_handover", queue="media")
@takes_long
@patient
def pack_handover(job):
    """Mezzanines of the shots, cards, music, plans, cut list, sha256 list: as a zip and as an .otioz."""
    attempts = Render.objects.filter(pk=job.subject)
    handed.take_back(attempts)
    attempt = attempts.select_related("montage__challenge__event", "montage__soundtrack").get()
    allowed = handed.allowed(attempt)
    with workshop() as folder:
        root = folder / "handover"
        gather(job, attempt, root, folder, scratch(), allowed)
        bundle, otioz = folder / "handover.zip", folder / "film.otioz"
        pack_zip(root, bundle)
        pack_otioz(root, otioz)
        store(attempt.bundle, bundle)
        store(attempt.otioz, otioz)
        try:
            with transaction.atomic():
                job.hold()
                if handed.allowed(attempt) != allowed:
                    raise jobs.NotNow(AGAIN)
                attempt.scenes = handed.scenes_with(attempt, allowed)
                attempt.stopped_by = [
                    pk for pk in attempt.stopped_by if pk not in allowed
                ]  # an earlier try's are packed
                attempt.save(update_fields=["bundle", "otioz", "scenes", "stopped_by"])
                live.tell(attempt.montage.challenge.event, "film", audience="crew", render=attempt.pk)
        except BaseException:
            for field in (attempt.bundle, attempt.otioz):
                field.storage.delete(field.name)
            raise


def gather(job, attempt, root, folder, pieces_store, allowed) -> None:
    """Lay everything out in `root`, with relative paths.

    Of a shot that is not `allowed`, erased or taken back, the place stays in the plan; nothing that shows it is there, so
    the film itself is not either.
    """
    reel = reel_of(attempt)
    timeline, canvas = reel.timeline, lines(settings.FILM_LINES)
    clips = Clip.objects.select_related("team__event").prefetch_related("renditions")
    clips = clips.in_bulk([pk for item in timeline.shots if (pk := int(item.key)) in allowed])  # type: ignore[assignment]
    whole = all(int(item.key) in allowed for item in timeline.shots)
    for name in ("media", "originals", "cards", "music"):
        (root / name).mkdir(parents=True, exist_ok=True)
    total = sum(media.frames for key, media in reel.shots.items() if int(key) in allowed)
    done, sources = 0, {}
    with ExitStack() as stack:
        for item in timeline.shots:
            clip = clips.get(int(item.key))
            if clip is None:
                continue
            media = reel.shots[item.key]
            start = done
            with blamed(attempt, item.key, films.named(clip)):
                source = sources[item.key] = films.source_of(clip, stack)
                voice = films.voices_of(clips, {item.key: source}, stack)[item.key] if clip.facts.get("sound") else None
                made = with_sound(
                    pieces_store,
                    source,
                    voice,
                    media.frames,
                    canvas,
                    watch=lambda frames, start=start: job.progress(start + frames, total, source.words),  # noqa: B023
                )
                link(made, root / media.path)
                original = stack.enter_context(local(clip.original))
                link(original, root / "originals" / f"{Path(media.path).stem}{clip.ending}")
            done += media.frames
        _cards(reel, sources, root, folder, pieces_store, canvas)
        track = attempt.montage.soundtrack
        if track and timeline.music and music.digest_of(track) == timeline.music.key:
            _wav(films.music_file(track, pieces_store, stack), root / "music" / "music.wav")
    for kind, (_name, write, _type) in PLANS.items():
        (root / f"film.{kind}").write_text(write(reel), encoding="utf-8")
    (root / "cutlist.csv").write_text("\ufeff" + cutlist(reel, clips), encoding="utf-8")
    beats = "".join(f"{number},{frame},{timecode(frame)}\n" for number, frame in enumerate(timeline.beats, 1))
    (root / "beats.csv").write_text("beat,frame,timecode\n" + beats, encoding="utf-8")
    if whole:
        with attempt.file.open("rb") as source_file, open(root / "film.mp4", "wb") as out:
            for block in source_file.chunks():
                out.write(block)
    (root / "README.txt").write_text(_readme(whole), encoding="utf-8")
    sums = [
        f"{_sha256(path)}  {path.relative_to(root).as_posix()}" for path in sorted(root.rglob("*")) if path.is_file()
    ]
    (root / "SHA256SUMS").write_text("\n".join(sums) + "\n", encoding="utf-8")


@contextlib.contextmanager
def blamed(attempt, key, words):
    """A shot that cannot be made for an editor ends the packing, by name; what says nothing of the shot goes on as it is."""
    try:
        yield
    except Killed:
        raise
    except FileNotFoundError:
        raise films.stopped(
            attempt, [key], gettext_noop("%(shot)s stopped the packing: its file is gone."), shot=words
        ) from None
    except Broken as reason:
        if films.full(reason):  # that is waited for
            raise
        said = gettext_noop("%(shot)s stopped the packing: %(reason)s")
        raise films.stopped(attempt, [key], said, shot=words, reason=str(reason)) from None


def with_sound(store, source, voice, *sizes, watch):
    """The mezzanine of a shot; one whose sound cannot be read has none, as in the film."""
    try:
        return mezzanine(store, source, voice, *sizes, watch=watch)
    except Killed:  # that says nothing of the sound
        raise
    except Broken as reason:
        if voice is None or films.full(reason):
            raise
    return mezzanine(store, source, None, *sizes, watch=watch)


def _cards(reel, sources, root, folder, pieces_store, canvas):
    """Title and end roll as they are in the film, and the label and the names as pictures with transparency."""
    wanted = film.pieces_of(reel.timeline, _nothing(reel), folder, canvas)
    for media, piece in ((reel.title, wanted[0]), (reel.roll, wanted[-1])):
        link(pieces.make(pieces_store, piece, lambda _frames: None), root / media.path)
    for name in ("title.png", "roll.png"):
        link(folder / name, root / "cards" / name)
    cards.label(canvas, root / "cards" / "ai-label.png")
    style = reel.timeline.style.name
    for item in reel.timeline.shots:
        if item.key in sources:
            source, name = sources[item.key], Path(reel.shots[item.key].path).stem
            words = source.colour, source.code, source.name, item.caption
            cards.name_strip(canvas, style, *words, root / "cards" / f"{name}.png")


def _nothing(reel):
    """Sources that are only named: pieces of cards do not read them."""
    from cocreation.rendering.pictures import Source

    return {key: Source(Path("/nowhere"), "", {"width": 16, "height": 9}) for key in reel.shots}


def link(source, target) -> None:
    """The same bytes under another name: no second copy where the file system can."""
    import os
    import shutil

    with contextlib.suppress(FileExistsError):
        try:
            os.link(source, target)
        except OSError:
            shutil.copyfile(source, target)


def _wav(source, out):
    from cocreation.media.ffmpeg import call
    from cocreation.rendering.sound import OPEN_MUSIC

    call(
        [
            "-loglevel",
            "error",
            *OPEN_MUSIC,
            "-i",
            f"file:{source}",
            "-map",
            "0:a:0",
            "-ar",
            "48000",
            "-y",
            f"file:{out}",
        ]
    )


def cutlist(reel, clips) -> str:
    """A row for each item: where it is in the film and in its shot, in frames; no cell is a formula."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(COLUMNS.split(","))
    for number, item in enumerate(reel.timeline.items):
        clip = clips.get(int(item.key)) if item.key else None
        media = reel.media(item)
        words = [clip.team.code, clip.team.shown_name, clip.slot, clip.title] if clip else ["", "", "", ""]
        original = f"originals/{Path(media.path).stem}{clip.ending}" if clip else ""
        place = [item.start, item.end, item.frames, item.source, item.source + item.frames, item.into.kind]
        rows.writerow([number, item.kind, *map(harmless, words), *place, media.path, original])
    return out.getvalue()


def _readme(whole) -> str:
    """In both languages: nobody knows who opens it."""
    found = []
    for language in ("zh-hans", "en"):
        with override(language):
            found.append("\n".join(_explained(whole)))
    return "\n\n".join(found) + "\n"


def _explained(whole) -> list[str]:
    missing = _(
        "A shot was taken back by its team: it and the film that shows it are not here, its place in the plans is."
    )
    return [
        *([] if whole else [missing]),
        _("film.xml opens in Premiere and Resolve, film.fcpxml in Final Cut and Resolve."),
        _("film.otio opens in whatever reads OpenTimelineIO, film.edl nearly everywhere."),
        _("film.edl has cuts only: no dissolves, and none of the beats that are markers in the others."),
        _("A dip through a plain colour is a plain cut in all of them: in cutlist.csv its transition is “dip”."),
        _("media/ holds the shots at 30 frames a second without names and label; originals/ is what the teams sent."),
        _("In other programs, put the files of media/ one after the other by their numbers."),
        _("cutlist.csv has the frames, beats.csv the beats."),
        _("What leaves the house must keep the label “AI-generated” on the picture: cards/ai-label.png."),
    ]


def _sha256(path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def pack_zip(root, out) -> None:
    """Everything; film is not compressed twice."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as packed:
        for path in sorted(root.rglob("*")):
            if path.is_file():
                packed.write(path, path.relative_to(root).as_posix())


def pack_otioz(root, out) -> None:
    """The timeline with its media in OTIO's own archive: `content.otio`, `version.txt`, `media/`."""
    import opentimelineio as otio

    timeline = otio.adapters.read_from_file(str(root / "film.otio"))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as packed:
        for clip in timeline.find_clips():
            address = clip.media_reference.target_url
            source = root / address
            inside = f"media/{Path(address).name}"
            if not source.exists():
                clip.media_reference = otio.schema.MissingReference(name=clip.name)
                continue
            clip.media_reference.target_url = inside
            if inside not in packed.namelist():
                packed.write(source, inside)
        packed.writestr("content.otio", otio.adapters.write_to_string(timeline, "otio_json"), zipfile.ZIP_DEFLATED)
        packed.writestr("version.txt", "1.0.0")
