"""Music that our own code plays, so that a film has sound without anybody's rights. PURE: the same samples every time."""

import io
import wave
from dataclasses import dataclass

import numpy as np

RATE = 48_000


@dataclass(frozen=True)
class Piece:
    """A piece: tempo, a progression of chords as MIDI notes (one a bar), and how it is played."""

    title: str
    bpm: int
    chords: tuple[tuple[int, ...], ...]
    drums: str  # a bar in sixteenths: k kick, s snare, h hat, . rest; "|" between voices
    lead: tuple[int, ...]  # steps of the chord in eighths, -1 rests
    warm: float  # 0 bright, 1 soft
    bars: int = 32

    @property
    def seconds(self) -> float:
        return self.bars * 4 * 60 / self.bpm


PIECES = {
    "departure": Piece(
        "Departure",
        120,
        ((57, 60, 64, 67), (53, 57, 60, 64), (48, 55, 60, 64), (55, 59, 62, 67)),
        "k...k...k...k...|....s.......s...|..h...h...h...h.",
        (0, 2, 1, 3, 0, 2, 3, 1),
        0.25,
    ),
    "window": Piece(
        "Window seat",
        84,
        ((50, 57, 62, 66), (47, 54, 59, 62), (55, 59, 62, 66), (45, 52, 57, 61)),
        "k.......k.......|........s.......|h.h.h.h.h.h.h.h.",
        (0, -1, 2, 1, -1, 3, 2, -1),
        0.8,
        24,
    ),
    "lantern": Piece(
        "Lantern",
        100,
        ((52, 59, 64, 68), (49, 56, 61, 64), (45, 52, 57, 61), (47, 54, 59, 63)),
        "k..k..k...k.....|....s.......s..s|h.hhh.h.h.hhh.h.",
        (3, 2, 1, 2, 0, 1, 2, -1),
        0.5,
        28,
    ),
}


def wav(name: str) -> bytes:
    """The piece as a WAV file, 48 kHz, stereo, 16 bit."""
    samples = play(PIECES[name])
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32_767).astype("<i2").tobytes())
    return out.getvalue()


def play(piece: Piece):
    """Samples of the piece, shape (n, 2), peak 0.8."""
    total = round(piece.seconds * RATE)
    mix = np.zeros((total + RATE, 2), np.float32)
    beat = 60 / piece.bpm
    for bar in range(piece.bars):
        at, chord = bar * 4 * beat, piece.chords[bar % len(piece.chords)]
        full = bar >= 4 and bar < piece.bars - 2  # it comes in and goes out with less
        _add(mix, at, _pad(chord, 4 * beat, piece.warm), 0.16, 0)
        _add(mix, at, _bass(chord[0] - 12, 4 * beat, beat), 0.30, 0)
        for step, note in enumerate(piece.lead):
            if note >= 0 and bar >= 2:
                pitch = chord[note % len(chord)] + 12
                _add(mix, at + step * beat / 2, _pluck(pitch, beat, piece.warm), 0.13, 0.5 * (-1) ** step)
        for voice, sound in zip(piece.drums.split("|"), (_kick(), _snare(), _hat()), strict=True):
            for step, mark in enumerate(voice):
                if mark != "." and (full or mark == "k"):
                    accent = 1.15 if step == 0 else 1.0
                    _add(mix, at + step * beat / 4, sound, {"k": 0.75, "s": 0.32, "h": 0.10}[mark] * accent, 0)
    mix[:RATE] += mix[total:]  # what rings on after the end rings at the beginning: the piece loops
    mix = mix[:total]
    return mix * (0.8 / float(np.abs(mix).max()))


def _add(mix, second, sound, gain, side):
    first = round(second * RATE)
    part = mix[first : first + len(sound)]
    part[:, 0] += sound[: len(part)] * gain * (1 - max(0, side))
    part[:, 1] += sound[: len(part)] * gain * (1 + min(0, side))


def _time(seconds):
    return np.arange(round(seconds * RATE), dtype=np.float32) / RATE


def _hertz(note):
    return 440 * 2 ** ((note - 69) / 12)


def _pad(chord, seconds, warm):
    t = _time(seconds)
    shape = np.minimum(1, t / 0.3) * np.minimum(1, (seconds - t) / 0.4)
    sound = np.zeros_like(t)
    for note in chord:
        for partial in range(1, 5):
            for detune in (-0.003, 0.003):
                sound += np.sin(2 * np.pi * _hertz(note) * partial * (1 + detune) * t) / partial ** (1.4 + warm)
    return (shape * sound / len(chord)).astype(np.float32)


def _bass(note, seconds, beat):
    t = _time(seconds)
    inside = t % beat
    shape = np.exp(-3 * inside / beat) * np.minimum(1, inside / 0.01)
    return (shape * (np.sin(2 * np.pi * _hertz(note) * t) + 0.3 * np.sin(4 * np.pi * _hertz(note) * t))).astype(
        np.float32
    )


def _pluck(note, beat, warm):
    t = _time(min(0.9, 1.5 * beat))
    sound = sum(
        np.sin(2 * np.pi * _hertz(note) * k * t) * np.exp(-t * (4 + 3 * k * warm + 2 * k)) / k for k in range(1, 6)
    )
    return (sound * np.minimum(1, t / 0.004)).astype(np.float32)


def _kick():
    t = _time(0.28)
    return (np.sin(2 * np.pi * (50 * t + 9 * (1 - np.exp(-t * 32)))) * np.exp(-t * 13)).astype(np.float32)


def _noise(seconds, seed):
    return np.random.default_rng(seed).standard_normal(round(seconds * RATE)).astype(np.float32)


def _snare():
    t = _time(0.2)
    return (_noise(0.2, 1)[: len(t)] * 0.5 * np.exp(-t * 24) + np.sin(2 * np.pi * 190 * t) * np.exp(-t * 30)).astype(
        np.float32
    )


def _hat():
    t = _time(0.06)
    noise = np.diff(_noise(0.06, 2), prepend=0)
    return (noise[: len(t)] * 0.5 * np.exp(-t * 80)).astype(np.float32)
