"""`manage.py montage`: the same pipeline on files, without an event."""

import io

import pytest
from django.core.management import CommandError, call_command

from cocreation import synthesis
from cocreation.media import ffmpeg
from cocreation.rendering import pieces, sound
from tests.cocreation import drawing


def montage(*clips, **more):
    said = io.StringIO()
    call_command("montage", *[str(clip) for clip in clips], stdout=said, lines=180, **more)
    return said.getvalue()


def test_a_folder_becomes_a_film_twice_the_same(tmp_path):
    shots = tmp_path / "shots"
    shots.mkdir()
    drawing.film(shots, "b.mp4", seconds=2)
    drawing.gif(shots, name="a.gif")
    drawing.sounding(shots, "c.mp4")
    music = tmp_path / "music.wav"
    music.write_bytes(synthesis.wav("departure"))
    first, second = tmp_path / "one.mp4", tmp_path / "two.mp4"

    said = montage(shots, out=first, title="《地球》🚀", music=str(music), style="window")
    montage(shots, out=second, title="《地球》🚀", music=str(music), style="window")

    assert "3 shots" in said and "beats a minute" in said
    assert first.read_bytes() == second.read_bytes()
    loud, peak = sound.measured(["-i", f"file:{first}"])
    assert loud == pytest.approx(-16, abs=0.5) and peak <= -1
    assert pieces.even_gaps(first, pieces.frames_in(first))


def test_what_cannot_be_used_is_named(tmp_path):
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no film")

    with pytest.raises(CommandError, match="broken.mp4"):
        montage(broken, out=tmp_path / "film.mp4")
    with pytest.raises(CommandError, match="no such file"):
        montage(tmp_path / "nowhere", out=tmp_path / "film.mp4")
    assert not (tmp_path / "film.mp4").exists()


def test_by_energy_and_colour_what_moves_most_comes_late_and_the_end_is_calm(tmp_path):
    import re

    shots = tmp_path / "shots"
    shots.mkdir()
    for number, source in enumerate(["testsrc2", "color", "smptebars", "rgbtestsrc"]):
        drawing.film(shots, f"{number}.mp4", seconds=2, source=source)

    orders = {}
    for order in ("hand", "flow"):
        said = montage(shots, out=tmp_path / f"{order}.mp4", order=order, verbosity=2)
        orders[order] = re.findall(r"(\d)\.mp4 at", said)

    assert orders["hand"] == ["0", "1", "2", "3"]
    assert sorted(orders["flow"]) == orders["hand"] != orders["flow"]
    assert orders["flow"][-2:] == ["0", "1"]


def test_the_film_of_before_is_no_clip_of_its_own_folder(tmp_path):
    for name in "ab":
        drawing.film(tmp_path, f"{name}.mp4", seconds=1)

    said = [montage(tmp_path, out=tmp_path / "film.mp4", work=tmp_path / "pieces") for _twice in range(2)]

    assert all("2 shots" in one for one in said)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"lines": 181}, "--lines 181: an even number"), ({"bpm": -5.0}, "--bpm -5: from 30"), ({"out": "."}, "a folder")],
)
def test_numbers_that_no_film_can_have_are_answered_in_a_sentence(tmp_path, wrong, said):
    wishes = {"lines": 180, "out": tmp_path / "film.mp4"} | wrong
    wishes["out"] = tmp_path / wishes["out"]

    with pytest.raises(CommandError, match=said):
        call_command("montage", str(drawing.film(tmp_path, seconds=1)), **wishes)


def test_a_clip_whose_sound_cannot_be_read_is_named(tmp_path, settings):
    said = io.StringIO()
    clips = [drawing.sounding(tmp_path, name) for name in ("good.mp4", "noise.mp4")]
    clips[1].write_bytes(clips[1].read_bytes() + b"another digest")
    program = tmp_path / "ffmpeg"
    deaf = 'case "$*" in *noise.mp4*" -map 0:a:0 "*) echo "Invalid data"; exit 1;; esac'
    program.write_text(f'#!/bin/sh\n{deaf}\nexec {ffmpeg.absolute(ffmpeg.program())} "$@"\n')
    program.chmod(0o755)
    settings.FFMPEG = str(program)

    call_command("montage", *map(str, clips), out=tmp_path / "film.mp4", lines=180, stdout=io.StringIO(), stderr=said)

    assert said.getvalue().strip() == "the sound of noise.mp4 cannot be read: the film is without it"
