"""Photos of prizes and logos of sponsors, as they are uploaded: decoded, turned upright, made small, and written anew."""

import io
import secrets

from django.core.files.uploadedfile import SimpleUploadedFile
from django.forms import ValidationError
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

KINDS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS, MOST_BYTES, SIDE, LOGO_SIDE = 40_000_000, 12 * 2**20, 1200, 480


def cleaned(upload, side=SIDE) -> SimpleUploadedFile:
    """A WebP of at most `side` pixels a side without metadata, under a name of ours. Raises ValidationError."""
    if upload.size > MOST_BYTES:
        raise ValidationError(_("The photo is larger than 12 MB."))
    upload.seek(0)
    try:
        with Image.open(upload, formats=KINDS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise ValidationError(_("The photo has more than 40 megapixels."))
            picture = ImageOps.exif_transpose(image).convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise ValidationError(_("This is no JPEG, PNG or WebP picture.")) from None
    picture.thumbnail((side, side))
    picture.info.clear()
    content = io.BytesIO()
    picture.save(content, "WEBP", quality=86)
    return SimpleUploadedFile(f"{secrets.token_hex(8)}.webp", content.getvalue(), "image/webp")
