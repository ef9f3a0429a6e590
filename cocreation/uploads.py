"""Uploads that survive a bad network: tus 1.0, core with creation, expiration and termination.

The offset is the size of the part on disk after fsync and nothing else, so that a killed server, a cut chunk and a
reload all go on at the same byte. Parts lie in a folder of this host until they are whole.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import zlib
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from cocreation import bettering
from cocreation.models import Clip, Upload
from events import admission, jobs, live
from events.db import write_gate
from events.text import clean_text

CHUNK = 1024 * 1024
LARGEST_CHUNK = 2 * 1024 * 1024
KEPT = timedelta(days=2)
ENDINGS = (".mp4", ".mov", ".m4v", ".webm", ".mkv", ".gif")
BLOCK = 1024 * 1024
SWEPT_EVERY = 3600  # seconds
TAKES = 3  # times its share that a team may have on the disk, with what it replaced


class Refused(Exception):
    """The upload cannot go on: an HTTP status, a sentence for people, and a code with its numbers where a row keeps it."""

    def __init__(self, status, message, **kept):
        super().__init__(message)
        self.status, self.message, self.kept = status, str(message), kept


class Arrived(File):
    """A part that is whole: a local storage moves it instead of copying it."""

    def temporary_file_path(self):
        return str(self.name)


def folder() -> Path:
    """Where parts lie."""
    found = Path(settings.MEDIA_ROOT) / "incoming"
    found.mkdir(parents=True, exist_ok=True)
    return found


def part(upload) -> Path:
    return folder() / f"{upload.uid}.part"


def offset(upload) -> int:
    """How many bytes have arrived for good."""
    try:
        return part(upload).stat().st_size
    except FileNotFoundError:
        return 0


def free_bytes() -> int:
    """Bytes that uploads may still use: what is free, less the reserve for draws and sign-ups."""
    return shutil.disk_usage(folder()).free - settings.DISK_RESERVE_MB * 2**20


def check_disk(size) -> None:
    """Raise Refused (507) when the disk cannot take `size` more bytes."""
    if free_bytes() < size:
        raise Refused(507, _("The disk of this meetup is full. Your shot stays on your phone; the crew has been told."))


def create(team, attendee, slot, size, filename, title="", *, at, heads=()) -> Upload:
    """Begin an upload for one of the team's places; raises Refused. An unfinished one for the place is given up.

    Of the same sender, with the same name and size, it is gone on with: when `heads`, `(bytes, crc32)` of how the file
    begins, say that it is the same file.
    """
    challenge = team.challenge
    if attendee.status in admission.OVER:
        raise Refused(403, _("Your registration is over: teams and shots are for those who come."))
    if not challenge.accepts_shots(at):
        raise Refused(403, _("The deadline has passed. Shots stay as they are."))
    ending = Path(filename).suffix.lower()
    zipped = ending == ".zip"
    if zipped and not challenge.zip_ok:
        raise Refused(415, _("This theme takes no zip; send the shots one by one."))
    slot = 0 if zipped else slot
    if not zipped and not 1 <= slot <= challenge.shots:
        raise Refused(422, _("This challenge has %(n)d shots.") % {"n": challenge.shots})
    if ending not in ENDINGS and not zipped:
        raise Refused(
            415, _("%(ending)s is no video that we can take: MP4, MOV, WebM, MKV or GIF.") % {"ending": ending or "—"}
        )
    if size <= 0:
        raise Refused(422, _("The file is empty."))
    most = challenge.megabytes_most * (challenge.shots if zipped else 1)
    if size > most * 1_000_000:
        said = {"mb": round(size / 1e6), "most": most, "seconds": challenge.seconds_most}
        trim = _("%(mb)d MB, the limit is %(most)d. Trim it under %(seconds)g seconds and send again.")
        split = _("The zip has %(mb)d MB, the limit is %(most)d. Send the shots one by one.")
        raise Refused(413, (split if zipped else trim) % said)
    if not swept_lately(folder(), at):
        forget_orphans(at)
    check_disk(size)
    return _begin(team, attendee, slot, size, filename, title, at, heads)


def check_quotas(team, slot, size) -> None:
    """Raise Refused (413) when the team's or the event's share is used up.

    What is replaced does not count, until a team has replaced so often that `TAKES` times its share lies on the disk.
    """
    challenge = team.challenge
    coming = team.uploads.open().exclude(slot=slot).aggregate(n=Sum("size"))["n"] or 0
    standing = team.clips.current().exclude(slot=slot)
    for clips, most in (
        (standing, challenge.team_megabytes_most),
        (team.clips.all(), TAKES * challenge.team_megabytes_most),
    ):
        used = coming + (clips.aggregate(n=Sum("size"))["n"] or 0)
        if used + size > most * 1_000_000:
            told = {"mb": round(used / 1e6), "most": most}
            words = _("Your team has sent %(mb)d MB already; the limit is %(most)d.")
            raise Refused(413, words % told, code="team_quota", **told)
    # Also what was replaced lies on the disk until it is tidied away, and what is on its way will.
    kept = Clip.objects.filter(team__event=team.event).aggregate(n=Sum("size"))["n"] or 0
    coming = Upload.objects.open().filter(team__event=team.event).exclude(team=team, slot=slot)
    coming = coming.aggregate(n=Sum("size"))["n"] or 0
    if kept + coming + size > challenge.gigabytes_most * 1_000_000_000:
        told = {"gb": (kept + coming) / 1e9, "most": challenge.gigabytes_most}
        words = _("All teams together have sent %(gb).1f GB; the limit is %(most)d. The crew can raise it.")
        raise Refused(413, words % told, code="event_quota", **told)


def check_sender(upload) -> None:
    """Raise Refused (403) when the sender is no longer in the team."""
    if not upload.team.has(upload.attendee):
        raise Refused(403, _("You are no longer in this team. Its shots stay as they are."))


def check_time(challenge, at) -> None:
    """Raise Refused (403) when the deadline is so long ago that nothing can be on its way any more."""
    if challenge.last_call and at >= challenge.last_call:
        raise Refused(403, _("The deadline has passed, and with it the half hour for what was on its way."))


def _is_begun(upload, attendee, fields, heads) -> bool:
    """Whether this sender has chosen the same file once more: what has arrived of it begins like that one."""
    if upload.attendee_id != attendee.pk or (upload.filename, upload.size) != (fields["filename"], fields["size"]):
        return False
    have = offset(upload)
    checked = [(length, crc) for length, crc in heads if 0 < length <= min(have, BLOCK)]
    if not have or not checked:
        return not have
    with open(part(upload), "rb") as file:
        arrived = file.read(BLOCK)
    return all(zlib.crc32(arrived[:length]) == crc for length, crc in checked)


def _begin(team, attendee, slot, size, filename, title, at, heads):
    fields = {"filename": clean_text(filename)[-120:], "title": clean_text(title)[:60], "size": size}
    with write_gate(), transaction.atomic():
        # One begins at a time in an event: what is counted here is not taken by somebody else before the row stands.
        list(team.event.challenges.select_for_update().order_by("pk"))
        check_quotas(team, slot, size)
        for other in team.uploads.open().filter(slot=slot).select_related("attendee"):
            if other.attendee_id != attendee.pk and other.is_moving(at):
                raise Refused(409, _("%(name)s is sending this shot in this moment.") % {"name": other.attendee.name})
            if _is_begun(other, attendee, fields, heads):
                other.touched_at, other.expires_at = at, at + KEPT
                other.save(update_fields=["touched_at", "expires_at"])
                return other
            give_up(other)
        try:
            with transaction.atomic():
                upload = Upload.objects.create(
                    team=team, attendee=attendee, slot=slot, expires_at=at + KEPT, touched_at=at, **fields
                )
        except IntegrityError:
            raise Refused(409, _("A teammate is sending this shot in this moment.")) from None
        live.tell(team.event, "clips", team=team.code, slot=slot)
    part(upload).touch()
    return upload


@contextlib.contextmanager
def _held(upload):
    """The part, open for this request alone; raises Refused (423) while another one writes."""
    with open(part(upload), "ab") as out:
        try:
            fcntl.flock(out, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(423, _("Another connection is sending this file.")) from None
        yield out


def append(upload, at_offset, chunk, *, at) -> int:
    """Write a chunk at this offset and return the new one; the last chunk makes the clip. Raises Refused."""
    if upload.finished_at:
        return upload.size
    check_sender(upload)
    check_time(upload.team.challenge, at)
    if len(chunk) > LARGEST_CHUNK:
        raise Refused(413, _("This chunk is too large."))
    check_disk(len(chunk))
    with _held(upload) as out:
        have = out.seek(0, os.SEEK_END)
        if have != at_offset:
            raise Refused(409, _("The server has %(have)d bytes.") % {"have": have})
        if have + len(chunk) > upload.size:
            raise Refused(413, _("More bytes came than the file has."))
        try:
            out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        except OSError:
            out.truncate(have)
            raise Refused(
                507, _("The disk of this meetup is full. Your shot stays on your phone; the crew has been told.")
            ) from None
        have += len(chunk)
        Upload.objects.filter(pk=upload.pk, finished_at=None).update(received=have, touched_at=at, expires_at=at + KEPT)
        if have == upload.size:
            finish(upload, at=at)
    return have


def settle(upload, *, at) -> int:
    """How many bytes have arrived. A part that is whole without being a shot, as a killed server leaves it, becomes one.

    Raises Refused (423) while another request is just doing that.
    """
    if upload.finished_at:
        return upload.size
    if offset(upload) < upload.size:
        return offset(upload)
    with _held(upload) as out:
        upload.refresh_from_db(fields=["finished_at"])
        if not upload.finished_at and out.seek(0, os.SEEK_END) == upload.size:
            finish(upload, at=at)
    return upload.size


def finish(upload, *, at) -> Clip | None:
    """Make the clip of a whole part, in the place of the one before, and have it probed; a zip is unpacked later.

    The part stays until the row stands: a database that fails in this moment costs no byte. Raises Refused (403, 404)
    for an upload that was given up meanwhile, or whose sender is no longer in the team.
    """
    path = part(upload)
    if upload.slot == 0:
        return _finish_archive(upload, path, at)
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    clip = Clip(
        team=upload.team,
        slot=upload.slot,
        title=upload.title,
        sender=upload.attendee,
        filename=upload.filename,
        ending=Path(upload.filename).suffix.lower(),
        size=upload.size,
        sha256=digest.hexdigest(),
    )
    with _stored(clip.original, "original" + clip.ending, path):
        place(clip, upload=upload, at=at)
    return clip


def _finish_archive(upload, path, at):
    with _stored(upload.archive, "team.zip", path), write_gate(), transaction.atomic():
        _close(upload, at)
        Upload.objects.filter(pk=upload.pk).update(archive=upload.archive.name)
        jobs.enqueue("unpack_zip", subject=upload.pk, event=upload.team.event)
        live.tell(upload.team.event, "clips", team=upload.team.code, slot=0)


@contextlib.contextmanager
def _stored(field, name, path):
    """The bytes at `path` as a stored file while its row is written: then they go from `path`, else from the storage."""
    twin = path.with_name(f"{path.stem}.whole{path.suffix}")
    twin.unlink(missing_ok=True)
    try:
        os.link(path, twin)  # a second name, which a local storage moves away
    except OSError:  # a file system that knows one name for a file: exFAT, some shared folders
        shutil.copyfile(path, twin)
    try:
        with open(twin, "rb") as file:
            field.save(name, Arrived(file, name=str(twin)), save=False)
    finally:
        twin.unlink(missing_ok=True)
    try:
        yield
    except BaseException:
        field.storage.delete(field.name)
        raise
    path.unlink(missing_ok=True)


def _close(upload, at) -> None:
    """Write that everything has arrived, in the transaction that makes something of it. Raises Refused."""
    closed = Upload.objects.filter(pk=upload.pk, finished_at=None).update(finished_at=at, received=upload.size)
    if not closed:
        raise Refused(404, _("This upload was given up. Choose the file again."))
    check_sender(upload)


def place(clip, *, at, upload=None) -> None:
    """Write the clip's row, withdraw the one that it replaces, announce, and have it probed.

    Title, caption and consent are the place's and stay; prompt, tool and seed were those of the other take.
    """
    team = clip.team
    with write_gate(), transaction.atomic():
        if upload:
            _close(upload, at)
        before = team.clips.current().filter(slot=clip.slot).first()
        if before:
            clip.title, clip.caption = clip.title or before.title, clip.caption or before.caption
            clip.may_publish = clip.may_publish and before.may_publish
            Clip.objects.filter(pk=before.pk).update(withdrawn_at=at)
            bettering.give_up(before)
        clip.save()
        if upload:
            Upload.objects.filter(pk=upload.pk).update(clip=clip)
        jobs.enqueue("probe_clip", subject=clip.pk, event=team.event)
        live.tell(team.event, "clips", team=team.code, slot=clip.slot)


def give_up(upload) -> None:
    """Forget an unfinished upload, and its bytes as soon as that is certain."""
    path = part(upload)
    upload.delete()
    transaction.on_commit(lambda: path.unlink(missing_ok=True))


def tidy(at) -> None:
    """Finish what is whole, give up what nobody went on with or what comes too late, and parts without a row."""
    for upload in Upload.objects.open().select_related("team__event", "team__challenge", "attendee"):
        last_call = upload.team.challenge.last_call
        if offset(upload) == upload.size:
            _settle_or_give_up(upload, at)
        elif upload.expires_at < at or (last_call and last_call <= at):
            give_up(upload)
            live.tell(upload.team.event, "clips", team=upload.team.code, slot=upload.slot)
    forget_orphans(at)


def forget_orphans(at) -> None:
    """Remove parts on this host that no row knows: the sweeps may run on another one."""
    known = set(Upload.objects.open().values_list("uid", flat=True))
    for path in folder().glob("*.part"):
        if path.stem not in known and at.timestamp() - path.stat().st_mtime > SWEPT_EVERY:
            path.unlink(missing_ok=True)


def swept_lately(place, at) -> bool:
    """Whether somebody has swept this folder in the last hour; if not, it is now the caller's turn."""
    note = place.with_name(f".{place.name}-swept")
    try:
        lately = abs(at.timestamp() - note.stat().st_mtime) < SWEPT_EVERY
    except FileNotFoundError:
        lately = False
    if not lately:
        note.touch()
    return lately


def _settle_or_give_up(upload, at):
    try:
        settle(upload, at=at)
    except Refused as reason:
        if reason.status == 403:  # its sender has left the team: nobody can make a shot of it
            give_up(upload)
