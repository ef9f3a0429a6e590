"""A team's zip becomes its shots: names flattened, links refused, sizes counted in the directory and while unpacking."""

import hashlib
import lzma
import re
import stat
import zipfile
import zlib
from datetime import timedelta
from pathlib import Path, PurePosixPath

from django.db import transaction
from django.utils import timezone

from cocreation import uploads
from cocreation.models import Clip, Upload
from events import jobs, live
from events.db import write_gate
from events.models import Job

BLOCK = 1 << 20
MOST_ENTRIES = 200
# Films of kinds that are not taken: they do not go without a word.
# fmt: off
OTHER_FILMS = (
    ".avi", ".wmv", ".flv", ".f4v", ".mpg", ".mpeg", ".m2v", ".mts", ".m2ts", ".ts", ".vob",
    ".3gp", ".3g2", ".ogv", ".asf", ".mxf", ".rm", ".rmvb", ".divx", ".hevc", ".h264", ".h265",
)
# fmt: on
TRIES = 3  # failed jobs of a zip before its team is told, and the crew has to look
DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, ValueError)
RATIO = 200  # a film does not shrink in a zip; what shrinks so far is a bomb


def shots_in(archive, places, taken=(), placed=None):
    """`(rows, refused)`: the entries that are films with the place of each, and what is not taken, with its code.

    A name that begins with a number says its place ("2 whale.mp4"); the others fill what is left in their order, and
    the places in `taken` last. `placed`: where entries stand already, by their offset in the archive.
    """
    placed = placed or {}
    films, refused, beyond = [], [], 0
    for number, entry in enumerate(archive.infolist()):
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        if entry.header_offset in placed or not path.name or entry.is_dir():
            continue
        if path.name.startswith(".") or "__MACOSX" in path.parts:
            continue
        if number >= MOST_ENTRIES:
            beyond += path.suffix.lower() in (*uploads.ENDINGS, *OTHER_FILMS)
            continue
        if stat.S_ISLNK(entry.external_attr >> 16) or path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
            refused.append({"name": path.name[:60], "code": "link"})
        elif path.suffix.lower() in uploads.ENDINGS:
            films.append((entry, path.name))
        elif path.suffix.lower() in OTHER_FILMS:
            refused.append({"name": path.name[:60], "code": "other_kind"})
    if beyond:
        refused.append({"name": "", "code": "beyond", "n": beyond, "most": MOST_ENTRIES})
    films.sort(key=lambda row: [int(t) if t.isdecimal() else t for t in re.split(r"(\d{1,18})", row[1].lower())])
    rows, free = [], sorted({*range(1, places + 1)} - {*placed.values()}, key=lambda slot: (slot in taken, slot))
    for entry, name in sorted(films, key=lambda row: not _number(row[1], places)):
        said = _number(name, places)
        if not free:
            refused.append({"name": name[:60], "code": "no_place", "shots": places})
            continue
        slot = said if said in free else free[0]
        free.remove(slot)
        rows.append((entry, name, slot))
    return sorted(rows, key=lambda row: row[2]), refused


def _taken(team) -> set[int]:
    """Places that hold a shot that can be used, or that a teammate's upload is on its way to."""
    good = team.clips.current().exclude(state=Clip.State.REFUSED)
    return {*good.values_list("slot", flat=True), *team.uploads.open().values_list("slot", flat=True)}


def _number(name, places):
    found = re.match(r"0*(\d{1,2})(?!\d)", name)
    return int(found[1]) if found and 1 <= int(found[1]) <= places else 0


def unpack(upload, path, folder, *, job) -> list[dict]:
    """Make clips of the zip at `path`; returns what became of each entry, as the page tells it.

    An attempt that was cut off is gone on with: what has its place already is not put there again.
    """
    challenge = upload.team.challenge
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        return [{"name": "", "code": "no_zip"}]
    with archive:
        placed = {row["entry"]: row["slot"] for row in upload.unpacked if "entry" in row}
        rows, refused = shots_in(archive, challenge.shots, _taken(upload.team), placed)
        told = refused + [{"name": row["name"], "slot": row["slot"]} for row in upload.unpacked if "entry" in row]
        for number, (entry, name, slot) in enumerate(rows, len(placed)):
            job.progress(number, len(placed) + len(rows), name[:60])
            told.append(_one(upload, archive, entry, name, slot, Path(folder), job))
    return told or [{"name": "", "code": "empty_zip"}]


def _one(upload, archive, entry, name, slot, folder, job):
    most = upload.team.challenge.megabytes_most
    shown = {"name": name[:60]}
    if entry.file_size > most * 1_000_000 or entry.file_size > RATIO * max(1, entry.compress_size):
        return shown | {"code": "zip_too_large", "most": most}
    try:
        uploads.check_quotas(upload.team, slot, entry.file_size)
    except uploads.Refused as reason:
        return shown | reason.kept
    uploads.check_disk(entry.file_size)
    target = folder / f"{slot}.part"
    digest, code = _copy(archive, entry, target, most * 1_000_000)
    if code:
        return shown | {"code": code, "most": most}
    clip = Clip(
        team=upload.team,
        slot=slot,
        sender=upload.attendee,
        filename=name[-120:],
        ending=Path(name).suffix.lower(),
        size=target.stat().st_size,
        sha256=digest,
    )
    with open(target, "rb") as file:
        clip.original.save("original" + clip.ending, uploads.Arrived(file, name=str(target)), save=False)
    with write_gate(), transaction.atomic():
        job.hold()
        uploads.place(clip, at=timezone.now())
        upload.unpacked = [*upload.unpacked, shown | {"slot": slot, "entry": entry.header_offset}]
        Upload.objects.filter(pk=upload.pk).update(unpacked=upload.unpacked)
    return shown | {"slot": slot}


def _copy(archive, entry, target, most):
    """Unpack one entry, counting: the directory may lie. `(sha256, "")`, or `("", code)` of why it is not taken."""
    digest, size = hashlib.sha256(), 0
    try:
        with archive.open(entry) as source, open(target, "wb") as out:
            while block := source.read(BLOCK):
                size += len(block)
                if size > most:
                    return "", "zip_too_large"
                digest.update(block)
                out.write(block)
    except RuntimeError:  # it wants a password, or was packed in a way that Python does not know
        return "", "locked"
    except DAMAGED:
        return "", "damaged"
    except OSError as reason:
        if reason.errno is not None:  # the disk's; without a number it is what bzip2 says of damaged bytes
            raise
        return "", "damaged"
    return digest.hexdigest(), ""


def heal(at) -> int:
    """Give every zip that still waits the job that it misses; returns how many got one.

    One that failed each time is told to its team; the crew can try it again until its bytes go, two days after it came.
    """
    stored = Upload.objects.exclude(archive="")
    healed = 0
    for upload in stored.filter(finished_at__lt=at - timedelta(minutes=2)).select_related("team__event"):
        if not upload.waits:
            if upload.finished_at < at - uploads.KEPT:
                Upload.objects.filter(pk=upload.pk).update(archive="")
            continue
        rows = Job.objects.filter(kind="unpack_zip", subject=upload.pk)
        if rows.filter(state__in=Job.OPEN).exists():
            continue
        if rows.filter(state=Job.State.FAILED).count() < TRIES:
            jobs.enqueue("unpack_zip", subject=upload.pk, event=upload.team.event)
            healed += 1
            continue
        with transaction.atomic():
            Upload.objects.filter(pk=upload.pk).update(unpacked=[*upload.unpacked, {"name": "", "code": "failed"}])
            live.tell(upload.team.event, "clips", team=upload.team.code, slot=0)
    return healed
