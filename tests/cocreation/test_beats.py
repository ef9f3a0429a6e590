"""Beats are found within a frame; a hand may say them better."""

import numpy as np
import pytest

from cocreation import beats, music, synthesis
from cocreation.models import Soundtrack
from cocreation.planner import Music


def clicks(bpm, seconds=24, noise=0.002):
    """Drums on the beat, a hat between, a little noise."""
    rate = beats.RATE
    sound = np.random.default_rng(7).standard_normal(int(seconds * rate)).astype(np.float32) * noise
    t = np.arange(int(0.15 * rate)) / rate
    for n in range(int(seconds * bpm / 60)):
        first = int(n * 60 / bpm * rate)
        hit = np.sin(2 * np.pi * (110 if n % 4 == 0 else 160) * t) * np.exp(-t * 25) * (1.0 if n % 4 == 0 else 0.7)
        sound[first : first + len(t)] += hit[: len(sound) - first]
    return sound


def score(found, truth, window=0.07):
    """The F measure of beats within 70 ms."""
    hits = sum(any(abs(a - b) <= window for b in truth) for a in found)
    return 2 * hits / (len(found) + len(truth))


@pytest.mark.parametrize("bpm", [82, 96, 110, 120, 128, 140, 150])
def test_beats_of_drums_are_found(bpm):
    found = beats.detect(clicks(bpm))

    assert score(found.times, np.arange(0, 24, 60 / bpm)) > 0.95
    assert found.bpm == pytest.approx(bpm, rel=0.01)


@pytest.mark.parametrize("name", synthesis.PIECES)
def test_our_own_pieces_are_heard_on_their_beat(name):
    piece = synthesis.PIECES[name]
    sound = synthesis.play(piece).mean(axis=1)
    count = int(len(sound) * beats.RATE / synthesis.RATE)
    low = np.interp(np.arange(count) * synthesis.RATE / beats.RATE, np.arange(len(sound)), sound)

    found = beats.detect(low)

    truth = np.arange(0, piece.seconds, 60 / piece.bpm)
    assert score(found.times, truth, window=1 / 30) > 0.95


def test_the_same_piece_sounds_the_same_and_loops_without_a_click():
    first, second = synthesis.wav("lantern"), synthesis.wav("lantern")
    samples = synthesis.play(synthesis.PIECES["lantern"])

    assert first == second
    assert float(np.abs(samples[0] - samples[-1]).max()) < 0.25


def test_silence_and_a_drone_have_no_beat():
    assert not beats.detect(np.zeros(10 * beats.RATE)).found
    assert not beats.detect(np.zeros(100)).found


def test_taps_give_a_tempo():
    taps = [1.02, 1.49, 2.01, 2.51, 2.98, 3.5]

    bpm, offset = beats.tapped(taps)

    assert bpm == pytest.approx(121, abs=2)
    assert offset == pytest.approx(0.0, abs=0.05) or offset == pytest.approx(0.5, abs=0.05)
    with pytest.raises(ValueError, match="four taps"):
        beats.tapped([1, 2])


def test_music_that_is_shorter_than_the_film_goes_on_in_bars():
    pulse = beats.steady(90, 0.2, 10.0)

    track, found = music.repeated(Music("m"), pulse, 10.0, 2000)

    gaps = {b - a for a, b in zip(found.frames, found.frames[1:])}
    assert gaps == {20}
    assert track.loop % 80 == 0 and found.frames[-1] >= 2000


def test_the_first_beat_that_a_hand_has_set_begins_a_bar():
    track = Soundtrack(file="a.mp3", heard={"bpm": 120.0, "times": [0.3 + 0.5 * n for n in range(40)], "first": 0})
    track.offset = 1.9  # the beat that was heard at 1.8

    heard = music.pulse_of(track)
    track.heard["seconds"], track.bpm = 20.0, 120.0
    told = music.pulse_of(track)

    assert heard.times[:4] == pytest.approx((0.4, 0.9, 1.4, 1.9)) and heard.first == 3
    assert told.times[:4] == pytest.approx((0.4, 0.9, 1.4, 1.9)) and told.first == 3


def test_a_beat_that_is_heard_where_the_hand_says_stays():
    track = Soundtrack(file="a.mp3", offset=0.3, heard={"bpm": 120.0, "times": [0.3 + 0.5 * n for n in range(40)]})

    assert music.pulse_of(track).times[:2] == pytest.approx((0.3, 0.8))
    track.offset = 0.1
    assert music.pulse_of(track).times[:2] == pytest.approx((0.1, 0.6))
