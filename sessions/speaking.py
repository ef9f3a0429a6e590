"""A speaker's own door: a signed link in a mail, and what they may do behind it."""

import tempfile
from pathlib import Path

from django.conf import settings
from django.core import signing
from django.core.files import File
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation

from events import live, mailing
from events.db import write_gate
from events.text import clean_text
from sessions import portraits, slides
from sessions.models import Appearance, Material, Speaker

SALT = "nextstop.speaker"
KEY = "speaker:{}"  # of the browser's session, with the number of the event
PICTURE_PIXELS = 2400
LONGEST_TEXT = 20_000  # characters


def sign(speaker) -> str:
    return signing.Signer(salt=SALT).sign(f"{speaker.pk}.{speaker.link_version}")


def link(speaker) -> str:
    """The address that opens the speaker's page on any device."""
    return settings.SITE_URL + reverse("talks:speaker_enter", args=[speaker.event.slug, sign(speaker)])


def known_to(request, event) -> Speaker | None:
    """The speaker whose link this browser has opened, if it is still the current one."""
    pk, version = (request.session.get(KEY.format(event.pk), "0.0") + ".0").split(".")[:2]
    return Speaker.objects.filter(event=event, pk=pk, link_version=version).first() if pk != "0" else None


def read(event, value) -> Speaker | None:
    """The speaker of a genuine and current link."""
    try:
        pk, version = signing.Signer(salt=SALT).unsign(value).split(".")
        return Speaker.objects.filter(event=event, pk=int(pk), link_version=int(version)).first()
    except (signing.BadSignature, ValueError):
        return None


def invite(speaker, *, again=False):
    """Mail the link. Once for each version of it, unless asked `again`."""
    if not speaker.mail:
        return None
    key = f"speaker:{speaker.pk}:{speaker.link_version}" + (f":{timezone.now():%Y%m%d%H%M}" if again else "")
    context = {"speaker": speaker, "link": link(speaker)}
    with translation.override(speaker.language):
        return mailing.send(speaker.event, speaker.mail, "mail/speaker", context, key=key)


def confirm(appearance, *, comes: bool, at) -> None:
    """This person takes the part, or says that they cannot: the desk sees either."""
    with write_gate(), transaction.atomic():
        Appearance.objects.filter(pk=appearance.pk).update(
            confirmed_at=at if comes else None, declined_at=None if comes else at
        )
        live.tell(appearance.talk.event, "programme", "crew")


class TooLong(Exception):
    """A text of so many characters."""


def share_text(talk, *, title, text, kind, when, at) -> Material:
    """Prompts or code to copy. Raises ValueError when there is nothing, TooLong when it is more than a page may hold."""
    body = clean_text(text, lines=True)
    if not body:
        raise ValueError
    if len(body) > LONGEST_TEXT:
        raise TooLong(len(body))
    return Material.objects.create(
        talk=talk, kind=kind, title=clean_text(title)[:120] or talk.title[:120], text=body, **_when(when, at)
    )


def share_slides(talk, upload, *, title, when, at) -> Material:
    """Check a PDF and keep it with its first page; raises slides.Refused with nothing kept."""
    with tempfile.TemporaryDirectory() as folder:
        path, preview = Path(folder) / "deck.pdf", Path(folder) / "first.jpg"
        with path.open("wb") as out:
            for chunk in upload.chunks():
                out.write(chunk)
        pages = slides.check(path, preview)
        made = Material(
            talk=talk,
            kind=Material.Kind.SLIDES,
            title=clean_text(title)[:120] or talk.title[:120],
            pages=pages,
            **_when(when, at),
        )
        with path.open("rb") as pdf, preview.open("rb") as picture:
            made.file.save("deck.pdf", File(pdf), save=False)
            made.preview.save("first.jpg", File(picture), save=False)
        made.save()
    return made


def share_picture(talk, upload, *, title, when, at) -> Material:
    """A picture to take home, drawn anew; raises portraits.Refused with nothing kept."""
    picture = portraits.anew(upload, longest=PICTURE_PIXELS)
    made = Material(
        talk=talk, kind=Material.Kind.IMAGE, title=clean_text(title)[:120] or talk.title[:120], **_when(when, at)
    )
    made.preview.save("picture.jpg", picture, save=False)
    made.save()
    return made


def open_(material, *, when, at) -> None:
    """Change who sees it: "now", "after" the talk, or "never"."""
    Material.objects.filter(pk=material.pk).update(**_when(when, at))


def _when(when, at):
    return {"published_at": at if when == "now" else None, "after_talk": when == "after"}
