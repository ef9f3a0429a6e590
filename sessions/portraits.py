"""Pictures that speakers send: decoded by an allowed decoder, turned upright, made smaller, written anew.

What a camera wrote into the file (the place, the device, a comment) does not come along.
"""

import io

from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

MOST_BYTES, MOST_PIXELS = 12_000_000, 40_000_000
DECODERS = ("JPEG", "PNG", "WEBP")


class Refused(ValueError):
    """Why this picture cannot be taken, in words for the speaker."""


def anew(upload, *, longest: int) -> ContentFile:
    """The picture as a fresh JPEG of at most `longest` pixels a side; raises Refused."""
    if upload.size > MOST_BYTES:
        raise Refused(
            _("The picture has %(mb)d MB; the limit is %(most)d.")
            % {"mb": upload.size // 1_000_000, "most": MOST_BYTES // 1_000_000}
        )
    try:
        upload.seek(0)
        with Image.open(upload, formats=DECODERS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise Refused(_("The picture has too many pixels. Send a smaller one."))
            flat = ImageOps.exif_transpose(picture).convert("RGBA")
    except Refused:
        raise
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise Refused(_("This is no picture that can be read. JPEG, PNG and WebP can.")) from None
    flat.thumbnail((longest, longest))
    paper = Image.new("RGB", flat.size, "white")
    paper.paste(flat, mask=flat.getchannel("A"))
    out = io.BytesIO()
    paper.save(out, "JPEG", quality=86, optimize=True)
    return ContentFile(out.getvalue(), name="picture.jpg")
