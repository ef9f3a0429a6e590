"""Names on pictures where the machine shapes no text: each code point is drawn for itself."""

import pytest
from PIL import Image, ImageDraw, ImageFont, features

from config import checks
from events import fonts


@pytest.fixture
def unshaped(monkeypatch):
    """A machine without libfribidi: Pillow falls back to its simple layout."""

    def anew():
        for kept in (value for value in vars(fonts).values() if hasattr(value, "cache_clear")):
            kept.cache_clear()

    for name in ("HAVE_RAQM", "HAVE_FRIBIDI"):
        monkeypatch.setattr(ImageFont.core, name, False)
    anew()
    assert ImageFont.truetype(fonts.files()[0], 20).layout_engine == ImageFont.Layout.BASIC
    yield
    monkeypatch.undo()
    anew()


def drawn(text):
    image = Image.new("L", (500, 120))
    fonts.write(ImageDraw.Draw(image), (20, 90), text, 60, 255)
    return image


@pytest.fixture(params=["as it is here", "unshaped"])
def either(request):
    if request.param == "unshaped":
        request.getfixturevalue("unshaped")


@pytest.mark.parametrize(("name", "bare"), [("1️⃣", "1⃣"), ("☀️", "☀"), ("林☀️小满", "林☀小满"), ("©️", "©"), ("龘︎", "龘")])
def test_what_says_how_an_emoji_looks_is_no_box_of_its_own(either, name, bare):
    assert name != bare

    assert fonts.width(name, 60) == fonts.width(bare, 60)
    assert drawn(name) == drawn(bare)
    for font, stretch in fonts.runs(bare, 60):
        single = ImageFont.truetype(font.path, 60, layout_engine=ImageFont.Layout.BASIC)
        box = bytes(single.getmask(fonts.NOWHERE))
        assert box not in [bytes(single.getmask(char)) for char in stretch]


def test_a_machine_that_draws_emoji_piece_by_piece_says_so_and_works(unshaped, visitor, db):
    assert not features.check("fribidi")

    body = visitor.get("/-/health/").json()

    words = "raqm, fribidi missing: joined emoji, Arabic and Hindi are drawn piece by piece. Install libfribidi0"
    assert body["parts"]["shaping"] == words
    (told,) = [found for found in checks.production_is_explicit(None) if found.id == "nextstop.I001"]
    assert "libfribidi0" in told.hint and not told.is_serious()


def test_what_is_only_drawn_worse_takes_no_machine_out_of_the_balance(unshaped, visitor, db):
    from django.utils import timezone

    from events.models import Worker

    Worker.objects.create(name="all", queues="default,mail,media,probe,upscale,beat", heard_at=timezone.now())

    assert visitor.get("/-/health/").status_code == 200
