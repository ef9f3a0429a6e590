"""`manage.py montage`: the first beat that a hand sets, and wishes that files cannot fulfil."""

import io
import re

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from cocreation import synthesis
from tests.cocreation import drawing


@pytest.fixture(scope="module")
def shots(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shots")
    for number in range(3):
        drawing.film(folder, f"{number}.mp4", seconds=3, size="64x36")
    return folder


def cuts(shots, folder, **wishes):
    """Where the shots of the film begin, in seconds."""
    said = io.StringIO()
    call_command("montage", str(shots), out=folder / "film.mp4", lines=90, verbosity=2, stdout=said, **wishes)
    return np.array([float(second) for second in re.findall(r"mp4 at ([\d.]+) s", said.getvalue())])


@pytest.mark.long
@pytest.mark.parametrize("bpm", [None, 120.0], ids=["heard", "set by hand"])
@pytest.mark.parametrize("music", ["file", "piece"])
def test_a_first_beat_set_by_hand_moves_the_cuts_with_a_tempo_and_without(shots, tmp_path, music, bpm):
    if music == "file":
        (tmp_path / "music.wav").write_bytes(synthesis.wav("departure"))
    track = str(tmp_path / "music.wav") if music == "file" else "departure"

    found = [cuts(shots, tmp_path, music=track, bpm=bpm, offset=offset) for offset in (None, 0.2)]

    for cut, offset in zip(found, (0.0, 0.2), strict=True):
        assert len(cut) == 3
        assert np.abs((cut - offset + 0.25) % 0.5 - 0.25).max() < 0.07


@pytest.mark.parametrize("order", ["vote", "team", "sideways"])
@pytest.mark.parametrize("typed", [False, True], ids=["called", "typed"])
def test_an_order_that_files_do_not_have_is_answered_in_a_sentence(shots, tmp_path, order, typed):
    out = tmp_path / "film.mp4"
    wish = (["--out", str(out), "--order", order], {}) if typed else ([], {"out": out, "order": order})

    with pytest.raises(CommandError, match=f"^--order {order}: hand or flow; files have no likes and no teams$"):
        call_command("montage", str(shots), *wish[0], **wish[1])

    assert not out.exists()


@pytest.mark.parametrize("offset", [-11.0, 61.0, float("nan")])
def test_a_first_beat_far_from_the_music_is_answered_in_a_sentence(shots, tmp_path, offset):
    with pytest.raises(CommandError, match=f"^--offset {offset:g}: from -10 to 60$"):
        call_command("montage", str(shots), out=tmp_path / "film.mp4", offset=offset)
