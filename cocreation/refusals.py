"""Why a shot cannot be taken: a code with numbers in the row, a sentence in the reader's language on the page."""

from django.utils.translation import gettext, gettext_noop

SENTENCES = {
    "too_short": gettext_noop("%(seconds).1f s, at least %(least)g s"),
    "too_long": gettext_noop("%(seconds).1f s, at most %(most)g s"),
    "far_too_long": gettext_noop("Longer than %(seconds)g s, at most %(most)g s"),
    "too_small": gettext_noop("%(width)d × %(height)d pixels, at least %(least)d on the short side"),
    "too_large": gettext_noop("%(width)d × %(height)d pixels, at most 16 million: 4096 × 4096. Export it at 1080p"),
    "too_many": gettext_noop("More than %(most)d pictures. Export it at 30 a second"),
    "no_video": gettext_noop("There is sound in this file, but no moving picture"),
    "not_a_video": gettext_noop("This is no video, whatever its name says. We take MP4, MOV, WebM, MKV and GIF"),
    "cut_off": gettext_noop("The end of the file is missing. Save it again on the phone, then send it"),
    "unreadable": gettext_noop("The file is damaged: not one picture in it can be decoded"),
    "still": gettext_noop("It is a single picture; a shot moves"),
    "not_landscape": gettext_noop("%(width)d × %(height)d is upright. This film wants it wide: turn the phone"),
    "not_portrait": gettext_noop("%(width)d × %(height)d is wide. This film wants it upright"),
    "too_slow": gettext_noop("Reading it took longer than %(seconds)d s. Export it again as MP4, 1080p"),
    "no_zip": gettext_noop("This is no zip that can be opened"),
    "empty_zip": gettext_noop("There is no video in this zip"),
    "link": gettext_noop("%(name)s is a link or leads out of the zip"),
    "zip_too_large": gettext_noop("%(name)s unpacks to more than %(most)d MB"),
    "damaged": gettext_noop("%(name)s is damaged in this zip. Pack it again"),
    "locked": gettext_noop("%(name)s has a password, or is packed in a way that we cannot open"),
    "no_place": gettext_noop("%(name)s: the challenge has %(shots)d shots"),
    "other_kind": gettext_noop("%(name)s is no video that we can take: MP4, MOV, WebM, MKV or GIF"),
    "beyond": gettext_noop(
        "Not taken out, as this zip holds more than %(most)d files: %(n)d videos at its end. Send them one by one"
    ),
    "team_quota": gettext_noop("%(name)s: your team has sent %(mb)d MB already; the limit is %(most)d"),
    "event_quota": gettext_noop(
        "%(name)s: all teams together have sent %(gb).1f GB; the limit is %(most)d. The crew can raise it"
    ),
    "quota": gettext_noop("%(name)s: your team’s share of the disk is used up"),  # rows of older versions
    "failed": gettext_noop("We could not read it. The crew has been told and can look again"),
}


def sentence(refusal) -> str:
    """The reason in words; '' for no refusal."""
    if not refusal:
        return ""
    pattern = SENTENCES.get(refusal.get("code"))
    try:
        return gettext(pattern) % refusal if pattern else refusal.get("text") or gettext(SENTENCES["unreadable"])
    except (KeyError, TypeError, ValueError):
        return refusal.get("text") or gettext(SENTENCES["unreadable"])


def of_archive(told) -> list[str]:
    """What was not taken out of a zip, a sentence each."""
    return [sentence(row) for row in told if "code" in row]
