"""Pictures of words: whatever people call themselves stands there, and nothing stands there as an empty box."""

import io
import re
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from django.core.management import call_command
from PIL import Image, ImageDraw

from cocreation import work
from cocreation.media import copies, ffmpeg, looking
from cocreation.planner import Card, Credits, Shot, Wishes, plan
from cocreation.rendering import cards, shares, styles
from cocreation.rendering.film import pieces_of
from cocreation.rendering.pictures import Source
from cocreation.rendering.recipe import lines
from config import checks
from events import fonts
from tests.cocreation import drawing

SOURCE = Source(Path("shot.mp4"), "shot", {"width": 1280, "height": 720})
NAMES = [
    "🚀",
    "👨\u200d👩\u200d👧",
    "❤️",
    "🇨🇳",
    "👍🏽",
    "1️⃣",
    "مرحبا",
    "สวัสดี",
    "नमस्ते",
    "한국",
    "Привет",
    "𠮷野家",
    "补丁小队",
]


def drawn(text):
    image = Image.new("L", (900, 120))
    fonts.write(ImageDraw.Draw(image), (20, 90), text, 60, 255)
    return image


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_drawn_whole_and_not_as_boxes(name):
    assert fonts.missing(name) == ""
    picture = drawn(name)
    assert picture.getbbox() is not None
    for font, stretch in fonts.runs(name, 60):
        box = Image.new("L", (900, 120))
        ImageDraw.Draw(box).text((20, 90), fonts.NOWHERE * len(stretch), font=font, fill=255, anchor="ls")
        alone = Image.new("L", (900, 120))
        ImageDraw.Draw(alone).text((20, 90), stretch, font=font, fill=255, anchor="ls")
        assert alone.tobytes() != box.tobytes()


def test_what_no_font_has_leaves_no_trace():
    assert drawn("\U0010fffe\ue123").getbbox() is None


@pytest.fixture
def said(monkeypatch):
    """What is written on cards, in order."""
    found = []
    write = cards.Sheet.write
    monkeypatch.setattr(
        cards.Sheet,
        "write",
        lambda self, at, text, *rest, **more: found.append(text) or write(self, at, text, *rest, **more),
    )
    return found


@pytest.mark.parametrize("style", styles.STYLES)
def test_a_long_theme_stands_whole_on_its_card(style, tmp_path, said):
    theme = "《在没有尽头的列车上寻找最后一位还记得春天的乘客与她的会飞的小笼包》"

    cards.title(lines(180), style, Card(theme), tmp_path / "title.png")

    assert theme in "".join(said)


@pytest.mark.parametrize("style", styles.STYLES)
def test_everybody_stands_in_the_end_roll_with_the_whole_name(style, tmp_path, said):
    people = ("Alexandra Konstantinopoulou", "Maximilian von Hohenzollern", "戴小满", "👨‍👩‍👧", "مرحبا", "한국", "Bo")
    team = "The Patient Wranglers 🚀"

    cards.roll(lines(180), style, Credits((("制作 Made by", ((f"KITE  {team}", *people),)),)), tmp_path / "roll.png")

    written = "".join(said).replace(" ", "")
    for name in (*people, team, "KITE"):
        assert name.replace(" ", "") in written
    assert not any(line.endswith("…") for line in said)


@pytest.mark.parametrize("style", styles.STYLES)
@pytest.mark.parametrize(("teams", "people"), [(1, 1), (12, 3), (30, 8)])
def test_every_line_of_the_end_roll_is_on_the_screen_for_three_seconds(style, teams, people, tmp_path):
    names = tuple("欧阳一二三四五六"[:8] if people > 4 else "Konstantinos" for _n in range(people))
    words = Credits(
        tuple((head, tuple((f"T{n}  补丁小队", *names) for n in range(teams))) for head in ("制作", "Crew"))
    )
    shots = [Shot(f"{n}", f"{n}", 120) for n in range(4)]

    film = plan(shots, Wishes(frames=900), styles.style(style), Card("题目"), words)
    roll = pieces_of(film, {str(n): SOURCE for n in range(4)}, tmp_path, lines(360))[-1]

    step = int(re.search(r"min\(\d+,(\d+)\*n\)", " ".join(roll.arguments)).group(1))
    assert 360 / step >= 3 * 30


def test_the_three_styles_are_three_pictures_and_none_is_plain(tmp_path):
    colours = {}
    for style in styles.STYLES:
        cards.title(
            lines(360), style, Card("《地球》", ("副题",), "聚会", "北京", "2024.01.06"), tmp_path / f"{style}.png"
        )
        found = Image.open(tmp_path / f"{style}.png").convert("RGB").quantize(64).convert("RGB").getcolors(1 << 20)
        colours[style] = {colour for _count, colour in found}
        assert max(found)[0] < 0.8 * 640 * 360
    assert not set.intersection(*colours.values())


def test_a_train_passes_under_the_theme_of_the_window_style_alone(tmp_path):
    for style in styles.STYLES:
        place = cards.train(lines(360), style, tmp_path / "train.png")
        assert (place is not None) == (style == "window")
    assert Image.open(tmp_path / "train.png").width >= 640 + place_far(lines(360))


def place_far(canvas):
    return canvas.scaled(cards.TRAIN_TRAVEL)


def luma(path, wide, high):
    """Every frame of a film as (frames, high, wide) of 0..255."""
    raw = subprocess.run(
        [ffmpeg.program(), "-v", "error", "-i", str(path), "-f", "rawvideo", "-pix_fmt", "gray", "-"],
        check=True,
        capture_output=True,
    ).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, high, wide)


@pytest.mark.parametrize("style", styles.STYLES)
def test_the_ai_label_stands_on_every_frame_of_a_film(style, tmp_path):
    canvas = lines(360)
    drawing.film(tmp_path, "a.mp4", seconds=2)
    drawing.film(tmp_path, "b.mp4", seconds=2, source="smptebars")
    film = tmp_path / "out" / "film.mp4"
    call_command(
        "montage",
        *(str(tmp_path / name) for name in ("a.mp4", "b.mp4")),
        out=film,
        title="《地球》",
        style=style,
        lines=360,
        stdout=io.StringIO(),
    )
    x, y = cards.label(canvas, tmp_path / "label.png")
    letters = np.asarray(Image.open(tmp_path / "label.png").convert("RGBA"), float)
    letters = letters[..., 0] * letters[..., 3] / 255
    frames = luma(film, canvas.width, canvas.height)[:, y : y + letters.shape[0], x : x + letters.shape[1]]
    worst = min(np.corrcoef(frame.ravel(), letters.ravel())[0, 1] for frame in frames)
    assert worst > 0.6, f"the label is not on frame: {worst:.2f}"


@pytest.mark.parametrize("size", ["640x360", "180x320", "256x256"])
def test_a_shots_poster_and_small_copy_carry_the_ai_label_in_the_picture(size, tmp_path):
    clip = drawing.film(tmp_path, "clip.mp4", seconds=2, size=size)
    facts, mark = looking.look(clip).facts, work.labels(tmp_path)
    copies.poster(clip, tmp_path / "poster.jpg", facts, mark=mark)
    poster = np.asarray(Image.open(tmp_path / "poster.jpg").convert("L"), float)
    assert likeness(poster, *mark(poster.shape[1], poster.shape[0])) > 0.6

    copies.proxy(clip, tmp_path / "proxy.mp4", facts, mark=mark)

    wide, high = (looking.look(tmp_path / "proxy.mp4").facts[name] for name in ("width", "height"))
    label = mark(wide, high)
    assert min(likeness(frame, *label) for frame in luma(tmp_path / "proxy.mp4", wide, high)) > 0.6
    said = ffmpeg.call(["-hide_banner", "-i", f"file:{tmp_path}/proxy.mp4", "-f", "null", "-t", "0", "-"])
    assert "AI-generated" in said


def likeness(frame, name, place):
    """How much the frame looks like the label where the label should be, -1..1."""
    letters = np.asarray(Image.open(name).convert("RGBA"), float)
    letters = letters[..., 0] * letters[..., 3] / 255
    part = frame[place[1] : place[1] + letters.shape[0], place[0] : place[0] + letters.shape[1]]
    return np.corrcoef(part.ravel(), letters[: part.shape[0], : part.shape[1]].ravel())[0, 1]


def test_the_label_of_a_gif_and_of_a_vertical_film_can_be_read(tmp_path):
    dark = tmp_path / "dark.mp4"
    picture, tone = "color=black:size=320x180:rate=30:duration=1", "sine=duration=1"
    drawing.run(*("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", tone, "-pix_fmt", "yuv420p", "-y", str(dark)))
    made = {"gif": tmp_path / "a.gif", "vertical": tmp_path / "a.mp4"}
    for name, path in made.items():
        getattr(shares, name)(dark, [(0, 15)], path, mark=work.labels(tmp_path), watch=lambda _done: None)

    for path, (width, high) in zip(made.values(), [(400, 226), (720, 1280)], strict=True):
        with av.open(str(path)) as container:
            shown = next(container.decode(video=0)).to_ndarray(format="gray")
        left, top = cards.corner(width, high, tmp_path / "label.png")
        text = np.argwhere(shown[top : top + high // 6, left:] > 100)
        assert shown.shape == (high, width)
        assert np.ptp(text[:, 0]) >= 8 * width / 400


def test_the_gif_of_a_team_with_many_shots_shows_something_of_each(tmp_path):
    film, out = tmp_path / "film.mp4", tmp_path / "cut.gif"
    colours = ["-f", "lavfi", "-i"]
    parts = [
        word
        for ink in ("red", "green", "blue")
        for word in (*colours, f"color=c={ink}:size=320x180:rate=30:duration=5")
    ]
    drawing.run(*parts, "-filter_complex", "[0][1][2]concat=n=3", "-pix_fmt", "yuv420p", "-y", str(film))

    def mark(width, height):
        Image.new("RGBA", (2, 2)).save(tmp_path / "mark.png")
        return tmp_path / "mark.png", (0, 0)

    shares.gif(film, [(0, 150), (150, 150), (300, 150)], out, mark=mark, watch=lambda _done: None)

    seen = []
    with Image.open(out) as moving:
        for n in range(moving.n_frames):
            moving.seek(n)
            middle = moving.convert("RGB").getpixel((200, 113))
            seen.append(max(range(3), key=lambda part: middle[part]))
    assert 75 <= len(seen) <= 80
    assert [seen.count(part) for part in range(3)] == [len(seen) // 3] * 3


def test_a_host_whose_fonts_lack_emoji_is_told_at_the_start(monkeypatch, settings):
    """Chinese is not all that stands in a team's name."""
    assert fonts.selftest() and "nextstop.W006" not in [found.id for found in checks.production_is_explicit(None)]

    monkeypatch.setitem(sys.modules, "manimgx_fonts", None)  # as where this wheel is not installed
    monkeypatch.setattr(fonts, "SYSTEM", ())
    try:
        fonts.files.cache_clear()
        fonts.file_for.cache_clear()
        assert fonts.missing("地球骨") == "" and not fonts.selftest()
        assert "nextstop.W006" in [found.id for found in checks.production_is_explicit(None)]
    finally:
        monkeypatch.undo()
        fonts.files.cache_clear()
        fonts.file_for.cache_clear()
