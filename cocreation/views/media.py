"""Files of shots and films: rights first, then bytes, in ranges."""

import re
from dataclasses import dataclass

from django.core.files.storage import FileSystemStorage
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header

from cocreation import editing, music
from cocreation.models import Clip, Render
from cocreation.pieces import is_local
from cocreation.work import scratch
from events.access import anyone, attendee_only
from events.models import Role

TYPES = {
    ".mp4": "video/mp4",
    ".mov": "video/quicktime",
    ".m4v": "video/mp4",
    ".webm": "video/webm",
    ".mkv": "video/x-matroska",
    ".gif": "image/gif",
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".wav": "audio/wav",
    ".flac": "audio/flac",
    ".ogg": "audio/ogg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
}


@dataclass(frozen=True)
class Made:
    """A file of this host that no row names, to be served like a stored one."""

    name: str
    storage: FileSystemStorage

    @property
    def size(self):
        return self.storage.size(self.name)


BLOCK = 256 * 1024
EDITORS = {Role.ORGANISER, Role.EDITOR}


def _pieces(file, left):
    try:
        while left > 0 and (block := file.read(min(BLOCK, left))):
            left -= len(block)
            yield block
    finally:
        file.close()


def _bytes(stored, start, length):
    """The bytes of a stored file from `start`: of a path of this host, or of a bucket without fetching the rest."""
    if is_local(stored.storage):
        file = stored.storage.open(stored.name, "rb")
        file.seek(start)
        return _pieces(file, length)
    there = stored.storage.bucket.Object(stored.name)
    return there.get(Range=f"bytes={start}-{start + length - 1}")["Body"].iter_chunks(BLOCK)


def serve(request, stored, *, attachment="", public=False, lasting=True):
    """A stored file, whole or the range that was asked for; `attachment` is the name to save it under.

    Not `lasting`: another file may stand at this address soon.
    """
    if not stored or not stored.storage.exists(stored.name):
        raise Http404
    size = stored.size
    kind = TYPES.get(stored.name[stored.name.rfind(".") :].lower(), "application/octet-stream")
    asked = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("Range", "").strip())
    if asked and any(asked.groups()):
        response = _range(stored, size, *asked.groups())
    else:
        response = StreamingHttpResponse(_bytes(stored, 0, size) if size else [])
        response["Content-Length"] = str(size)
        response["Content-Disposition"] = content_disposition_header(bool(attachment), attachment) or "inline"
    if response.status_code in (200, 206):
        response["Content-Type"] = kind
    response["Accept-Ranges"] = "bytes"
    kept = "max-age=86400, immutable" if lasting else "no-cache"
    response["Cache-Control"] = f"{'public' if public else 'private'}, {kept}"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _range(stored, size, first, last):
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last), size - 1) if first and last else size - 1
    if start >= size or start > end:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    response = StreamingHttpResponse(_bytes(stored, start, end - start + 1), status=206)
    response["Content-Range"] = f"bytes {start}-{end}/{size}"
    response["Content-Length"] = str(end - start + 1)
    return response


def _is_in_the_film(clip):
    film = clip.team.challenge.film
    shown = film is not None and clip.pk in {row["clip"] for row in film.scenes}
    return shown and clip not in editing.withheld(film)


@anyone
def clip_file(request, event, clip, kind):
    """Poster and preview for the people of the event; original and upscaled picture for the team and the editors.

    Of a take that was replaced the poster alone, as long as the film that everybody sees shows it and its place agrees.
    """
    found = get_object_or_404(Clip.objects.select_related("team__event", "team__challenge"), pk=clip, team__event=event)
    own = found.team.has(request.attendee) or bool(EDITORS & request.crew_roles)
    if kind in ("poster", "proxy", "before", "after"):
        gone = bool(found.withdrawn_at) and not own and not (kind == "poster" and _is_in_the_film(found))
        if gone or not (request.attendee or request.crew_roles):
            raise Http404
    elif kind not in ("original", "upscaled") or not own:
        raise Http404
    if kind == "original":
        return serve(request, found.original, attachment=f"{found.team.code}-{found.slot}{found.ending}")
    made = found.rendition(kind)
    changes = kind in ("before", "after", "upscaled") and "v" not in request.GET  # a better picture replaces them
    return serve(request, made.file if made else None, lasting=not changes)


@attendee_only
def theme_music(request, event, challenge):
    """The music that a theme is made to, for its teams to listen to."""
    found = get_object_or_404(event.challenges.exclude(soundtrack=None), pk=challenge)
    return serve_track(request, found.soundtrack)


def serve_track(request, soundtrack):
    """A piece of music, in ranges: phones ask for them. Our own are played when somebody asks."""
    if soundtrack.piece:
        try:
            path = music.piece_file(scratch(), soundtrack.piece)
        except KeyError:
            raise Http404 from None
        return serve(request, Made(path.name, FileSystemStorage(path.parent)))
    return serve(request, soundtrack.file)


@anyone
def film_file(request, event, render, kind):
    """The film: for everybody once it is published, for the crew before.

    A page that was opened before another film took its place goes on asking for this one.
    """
    rows = Render.objects.select_related("montage__challenge").exclude(finished_at=None)
    found = get_object_or_404(rows, pk=render, montage__challenge__event=event)
    if not request.crew_roles and not editing.is_public(found):
        raise Http404
    files = {"film": found.file, "phone": found.phone or found.file, "poster": found.poster}
    if kind not in files:
        raise Http404
    name = f"{event.slug}-film.mp4" if "save" in request.GET else ""
    shown = found.published_at is not None
    return serve(request, files[kind], attachment=name, public=shown, lasting=shown or bool(request.crew_roles))
