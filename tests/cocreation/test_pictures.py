"""Which frames of a shot a piece shows: to the frame, and without work on pictures that nobody sees."""

import subprocess

import pytest
from PIL import Image

from cocreation import planner
from cocreation.media import ffmpeg, looking
from cocreation.rendering import pictures
from cocreation.rendering.recipe import Canvas
from tests.benchmarks.montage.setting import timeline_of
from tests.cocreation import drawing

SMALL = Canvas(160, 90)


def frames(source, first, count, *, skip):
    """The sums of the frames that are shown from `first` on."""
    graph = pictures.shown(source, SMALL, "0:V:0", "s", first if skip else 0)
    graph += f";[s]{pictures.stretch(first, count)}[v]"
    shown = ["-filter_complex", graph, "-map", "[v]", "-frames:v", str(count), "-f", "framemd5", "-"]
    told = ffmpeg.call(["-v", "error", *pictures.stranger(source.path), *shown])
    return [line.split(",")[-1].strip() for line in told.splitlines() if line[:1].isdigit()]


@pytest.mark.parametrize("rate", [8, 15, 24, "30000/1001", 30, 60])
def test_a_cut_shows_the_same_frames_whether_what_is_before_it_was_worked_on_or_not(tmp_path, rate):
    path = drawing.film(tmp_path, rate=rate, more=("-c:v", "libx264"))
    source = pictures.Source(path, "0" * 64, looking.look(path).facts)

    for first in (1, 7, 20, 41, 66):
        whole = frames(source, first, 20, skip=False)
        assert len(whole) == 20
        assert frames(source, first, 20, skip=True) == whole
    assert "trim=start" in pictures.shown(source, SMALL, "0:V:0", "s", 41)


def test_where_the_rate_varies_nothing_is_left_out(tmp_path):
    path = drawing.uneven(tmp_path)
    source = pictures.Source(path, "0" * 64, looking.look(path).facts)

    assert "trim=start" not in pictures.shown(source, SMALL, "0:V:0", "s", 41)


def colours(piece):
    """The mean colour of the lower half of each frame of a piece (the AI label stands in the upper one), 0 to 255."""
    line = [ffmpeg.program(), "-v", "error", *piece.arguments, "-frames:v", str(piece.frames)]
    raw = subprocess.run([*line, "-pix_fmt", "rgb24", "-f", "rawvideo", "-"], check=True, capture_output=True).stdout
    size = 3 * SMALL.width * SMALL.height
    assert len(raw) == piece.frames * size
    found = []
    for at in range(0, len(raw), size):
        frame = Image.frombytes("RGB", (SMALL.width, SMALL.height), raw[at : at + size])
        lower = frame.crop((0, SMALL.height // 2, SMALL.width, SMALL.height))
        found.append(lower.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0)))
    return found


def near(one, two):
    return all(abs(a - b) <= 14 for a, b in zip(one, two, strict=True))


@pytest.fixture
def between(tmp_path):
    """The pieces of a film in which red comes before blue, in a style."""

    def make(style):
        sources, shots = {}, []
        for key, ink in (("red", "0xc83232"), ("blue", "0x3232c8")):
            path = tmp_path / f"{key}.mp4"
            flat = f"color=c={ink}:size=160x90:rate=30:duration=4"
            drawing.run("-f", "lavfi", "-i", flat, "-c:v", "libx264", "-pix_fmt", "yuv420p", "-y", str(path))
            sources[key] = pictures.Source(path, key, looking.look(path).facts)
            shots.append(planner.Shot(key, key, 120, length=75))
        film = timeline_of(shots, style)
        easel = pictures.Easel(film, sources, SMALL, tmp_path)
        return [(span, pictures.piece_of(easel, span)) for span in planner.spans(film)]

    return make


RED, BLUE = (200, 50, 50), (50, 50, 200)


def test_a_dissolve_begins_as_the_left_and_ends_as_the_right(between):
    (piece,) = [
        piece for span, piece in between("window") if isinstance(span, planner.Join) and span.left.kind == "shot"
    ]

    seen = colours(piece)

    assert near(seen[0], RED) and near(seen[-1], BLUE)
    middle = len(seen) // 2
    assert near(seen[middle], (125, 50, 125))
    blues = [blue for _red, _green, blue in seen]
    assert all(a <= b + 2 for a, b in zip(blues, blues[1:], strict=False))


def test_a_dip_goes_into_the_ground_and_comes_out_of_it(between):
    ground = (0xE9, 0xE4, 0xDA)
    out, into = [
        (span, piece)
        for span, piece in between("ticket")
        if isinstance(span, planner.Body) and span.item.kind == "shot"
    ]

    leaving, coming = colours(out[1]), colours(into[1])

    assert out[0].fade_out and into[0].fade_in
    assert near(coming[0], ground) and near(coming[into[0].fade_in + 1], BLUE)
    assert near(leaving[-out[0].fade_out - 2], RED)
    last = leaving[-1]
    assert all(abs(last[n] - ground[n]) < abs(RED[n] - ground[n]) / 3 for n in range(3))
