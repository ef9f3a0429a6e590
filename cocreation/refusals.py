"""Why a shot cannot be taken: a code with numbers in the row, a sentence in the reader's language on the page."""

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "too_short": _("%(seconds).1f s, at least %(least)g s"),
    "too_long": _("%(seconds).1f s, at most %(most)g s"),
    "too_small": _("%(width)d × %(height)d pixels, at least %(least)d on the short side"),
    "too_large": _("%(width)d × %(height)d pixels, at most 16 million: 4096 × 4096. Export it at 1080p"),
    "too_many": _("More than %(most)d pictures. Export it at 30 a second"),
    "no_video": _("There is sound in this file, but no moving picture"),
    "not_a_video": _("This is no video, whatever its name says. We take MP4, MOV, WebM, MKV and GIF"),
    "cut_off": _("The end of the file is missing. Save it again on the phone, then send it"),
    "unreadable": _("The file is damaged: not one picture in it can be decoded"),
    "still": _("It is a single picture; a shot moves"),
    "not_landscape": _("%(width)d × %(height)d is upright. This film wants it wide: turn the phone"),
    "not_portrait": _("%(width)d × %(height)d is wide. This film wants it upright"),
    "too_slow": _("Reading it took longer than %(seconds)d s. Export it again as MP4, 1080p"),
    "no_zip": _("This is no zip that can be opened"),
    "empty_zip": _("There is no video in this zip"),
    "link": _("%(name)s is a link or leads out of the zip"),
    "zip_too_large": _("%(name)s unpacks to more than %(most)d MB"),
    "no_place": _("%(name)s: the challenge has %(shots)d shots"),
    "quota": _("%(name)s: your team’s share of the disk is used up"),
    "failed": _("We could not read it. The crew has been told and can look again"),
}


def sentence(refusal) -> str:
    """The reason in words; '' for no refusal."""
    if not refusal:
        return ""
    pattern = SENTENCES.get(refusal.get("code"))
    try:
        return str(pattern) % refusal if pattern else str(refusal.get("text") or SENTENCES["unreadable"])
    except (KeyError, TypeError, ValueError):
        return str(refusal.get("text") or SENTENCES["unreadable"])


def of_archive(told) -> list[str]:
    """What was not taken out of a zip, a sentence each."""
    return [sentence(row) for row in told if "code" in row]
