"""What people should know of a film that was made: codes in the row, sentences in the reader's language."""

import json

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "loud": _("The sound could not be brought to −16 LUFS: it is at %(measured)s."),
    "silent": _("The sound of %(shots)s cannot be read: the film is without it."),
    "teams": _("Without a shot in it, though they have some: %(teams)s."),
}


def note(rows) -> str:
    """Remarks as a Render keeps them; "" for none. A row is a dict with its code and its words."""
    return json.dumps(rows, ensure_ascii=False) if rows else ""


def sentence(row) -> str:
    """One remark in words."""
    return str(SENTENCES[row["code"]]) % row


def of(attempt) -> list[str]:
    """The remarks on a film, a sentence each. Older rows hold a sentence instead of codes."""
    try:
        return [sentence(row) for row in json.loads(attempt.log)]
    except (ValueError, TypeError, KeyError):
        return [attempt.log] if attempt.log else []
