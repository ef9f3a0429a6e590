"""Slides from a speaker: looked at in a child of its own, for a PDF can be a bomb.

python -m sessions.slides deck.pdf first-page.jpg 20    prints the number of pages, or dies after 20 s of processor
"""

import subprocess
import sys
from pathlib import Path

from django.utils.translation import gettext as _

MOST_BYTES = 60_000_000
MOST_PAGES = 300
SECONDS, MEMORY = 20, 1 << 30
WIDTH = 1280


class Refused(ValueError):
    """Why these slides cannot be taken, in words for the speaker."""


def check(path: Path, preview: Path, *, seconds: int = SECONDS) -> int:
    """The number of pages of the PDF, with its first page drawn into `preview` (JPEG). Raises Refused.

    The child that opens it has `seconds` of processor time and 1 GiB of memory.
    """
    if path.stat().st_size > MOST_BYTES:
        raise Refused(
            _("%(mb)d MB; the limit is %(most)d. Export it with smaller pictures.")
            % {"mb": path.stat().st_size // 1_000_000, "most": MOST_BYTES // 1_000_000}
        )
    with path.open("rb") as file:
        if b"%PDF-" not in file.read(1024):
            raise Refused(_("This is no PDF. Export the slides as PDF first."))
    command = [sys.executable, "-m", "sessions.slides", str(path), str(preview), str(seconds)]
    here = Path(__file__).resolve().parent.parent
    try:
        seen = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 5, check=False, cwd=here)
    except subprocess.TimeoutExpired:
        raise Refused(_("Opening it took too long. Export it again as a plain PDF.")) from None
    if seen.returncode or not seen.stdout.strip().isdigit():
        raise Refused(_("It cannot be opened: damaged, locked with a password, or too heavy. Export it again."))
    pages = int(seen.stdout)
    if pages > MOST_PAGES:
        raise Refused(_("%(n)d pages; the limit is %(most)d.") % {"n": pages, "most": MOST_PAGES})
    return pages


def main() -> int:
    """In the child: limits first, then the stranger's file."""
    import resource

    source, target, seconds = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    import pypdfium2

    with pypdfium2.PdfDocument(source) as document:
        pages = len(document)
        if not pages > 0:
            return 1
        page = document[0]
        width, height = page.get_size()
        if not 0 < width < 20_000 or not 0 < height < 20_000:
            return 1
        page.render(scale=min(WIDTH / width, WIDTH / height)).to_pil().convert("RGB").save(target, "JPEG", quality=82)
    print(pages)
    return 0


if __name__ == "__main__":
    sys.exit(main())
