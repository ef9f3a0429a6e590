"""What people should know of a film that was made: codes in the row, sentences in the reader's language."""

import json

from django.utils.translation import gettext_lazy as _

from events import jobs

SENTENCES = {
    "loud": _("The sound could not be brought to −16 LUFS: it is at %(measured)s."),
    "silent": _("The sound of %(shots)s cannot be read: the film is without it."),
    "teams": _("Without a shot in it, though they have some: %(teams)s."),
    "longer": _("It lasts %(lasts)d s, not the wished %(wished)d s: what must be in it needs that long."),
    "shorter": _("It lasts %(lasts)d s, not the wished %(wished)d s: its shots are no longer."),
    "replaced": _("Another film took its place. Who has this one open can still see it."),
    "said": "%(words)s",  # older rows hold a sentence instead of codes
}
NOBODY = _("Nobody works on it right now; the crew can see it. It goes on by itself.")
REPLACED = {"code": "replaced"}


def held_up(job) -> str:
    """What a job waits for, in the reader's language: room on the disk, a worker where there is none at all; "" for one
    that is merely in line.
    """
    if job is None or job.state != job.State.WAITING:
        return ""
    if jobs.forsaken(job):
        return str(NOBODY)
    return jobs.told(job.note) if job.not_before else ""


def note(rows) -> str:
    """Remarks as a Render keeps them; "" for none. A row is a dict with its code and its words."""
    return json.dumps(rows, ensure_ascii=False) if rows else ""


def sentence(row) -> str:
    """One remark in words."""
    return str(SENTENCES[row["code"]]) % row


def of(attempt) -> list[str]:
    """The remarks on a film, a sentence each."""
    return [sentence(row) for row in rows_of(attempt)]


def rows_of(attempt) -> list[dict]:
    """The remarks on a film as `note` keeps them."""
    try:
        rows = json.loads(attempt.log)
        [sentence(row) for row in rows]
    except (ValueError, TypeError, KeyError):
        return [{"code": "said", "words": attempt.log}] if attempt.log else []
    return rows


def replaced(attempt, yes) -> str:
    """What is kept of a film that another one took the place of, or that this is no longer true of."""
    rows = [row for row in rows_of(attempt) if row != REPLACED]
    return note([*rows, REPLACED] if yes else rows)
