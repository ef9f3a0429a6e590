"""The time stamp that a form brings along, of a form that was opened a while ago."""

import time

from django.core import signing

from events.forms import STAMP


def stamp(ago: float = 60, form: str = "aForm") -> str:
    """As `events.forms.new_stamp` would have made it `ago` seconds before now."""
    opened = signing.b62_encode(int(time.time() - ago))
    return signing.Signer.sign(STAMP, f"{form}{STAMP.sep}{opened}")
