"""Where music beats: flux of a log spectrum, tempo by autocorrelation around 120, beats by dynamic programming. PURE.

After Ellis, "Beat Tracking by Dynamic Programming" (2007). From 160 beats a minute up it tends to half or two thirds of
the tempo: those are tried too, and a hand may say it better (`steady`).
"""

from dataclasses import dataclass

import numpy as np

RATE = 22_050
HOP, WINDOW = 256, 1024
BAR = 4  # beats
SLOWEST, FASTEST = 60.0, 200.0  # that are heard
SLOWEST_BY_HAND, FASTEST_BY_HAND = 30, 300


@dataclass(frozen=True)
class Pulse:
    """Beats of a piece of music in seconds, its tempo, and which of every four begins a bar (0..3)."""

    bpm: float
    times: tuple[float, ...]
    first: int = 0

    @property
    def found(self) -> bool:
        return len(self.times) > 3


def steady(bpm: float, offset: float, seconds: float) -> Pulse:
    """Beats that a hand has set: a tempo, and the second of the first beat, with which a bar begins."""
    step = 60 / bpm
    first = offset % step
    count = max(0, int((seconds - first) / step) + 1)
    times = tuple(round(first + n * step, 4) for n in range(count))
    return Pulse(bpm, times, round((offset - first) / step) % BAR)


def moved(pulse: Pulse, offset: float) -> Pulse:
    """The beats by less than half a beat earlier or later, so that one stands at this second; a bar begins with it."""
    if not pulse.found:
        return pulse
    step, times = 60 / pulse.bpm, pulse.times
    near = min(range(len(times)), key=lambda n: abs(times[n] - offset))
    beyond = round((offset - times[near]) / step)  # beats before the first or after the last
    by = offset - (times[near] + beyond * step)
    kept = [round(time + by, 4) for time in times if time + by >= 0]
    return Pulse(pulse.bpm, tuple(kept), (near + beyond - (len(times) - len(kept))) % BAR)


def tapped(taps: list[float]) -> tuple[float, float]:
    """`(bpm, offset)` from seconds at which somebody tapped, by least squares. Raises ValueError below four taps."""
    if len(taps) < 4:
        raise ValueError("at least four taps")
    times = np.sort(np.asarray(taps, float))
    step = float(np.median(np.diff(times)))
    if step <= 0.2 or step > 2:
        raise ValueError("taps between 30 and 300 a minute")
    numbers = np.round((times - times[0]) / step)
    step, first = np.polyfit(numbers, times, 1)
    return round(60 / float(step), 2), round(float(first % step), 3)


def detect(sound, rate: int = RATE) -> Pulse:
    """Beats of mono samples. Without a pulse (silence, a drone) there are none."""
    onset = flux(np.asarray(sound, np.float32))
    if len(onset) < 4 * RATE // HOP or float(onset.max(initial=0)) <= 1e-6:
        return Pulse(0.0, ())
    frames_a_second = rate / HOP
    bpm = tempo(onset, frames_a_second)
    if not bpm:
        return Pulse(0.0, ())
    path = best_path(onset, frames_a_second, bpm)
    times = np.asarray(path) * HOP / rate + WINDOW / 2 / rate
    if len(times) < 4:
        return Pulse(0.0, ())
    step = float(np.polyfit(np.arange(len(times)), times, 1)[0])
    first = int(np.argmax([float(onset[path[phase::4]].mean()) for phase in range(4)]))
    earlier = [float(times[0]) - n * step for n in range(1, 64) if times[0] - n * step > -0.02][::-1]
    later = [float(times[-1]) + n * step for n in range(1, 64) if times[-1] + n * step < len(sound) / rate]
    whole = [*earlier, *(float(t) for t in times), *later]
    return Pulse(round(60 / step, 2), tuple(round(max(0.0, t), 4) for t in whole), (first + len(earlier)) % 4)


def best_path(onset, a_second, bpm) -> list[int]:
    """The beats at this tempo, or at its half, double, two thirds or three halves if those hit louder moments."""
    found = []
    for factor in (1, 1 / 2, 2, 2 / 3, 3 / 2):
        candidate = bpm * factor
        if SLOWEST <= candidate <= FASTEST:
            path = track(onset, a_second * 60 / candidate)
            if len(path) > 3:
                prior = np.exp(-0.5 * (np.log2(candidate / 120) / 0.9) ** 2)
                found.append((float(onset[path].mean() * prior) * (1.1 if factor == 1 else 1), path))
    return max(found, key=lambda row: row[0])[1] if found else []


def bands_of(rate=RATE, count=26):
    """Rows of weights that gather the bins of the spectrum into bands of equal width to the ear, low ones loudest.

    Without them the many bins of a hi-hat outvote the few of a drum.
    """
    edges = np.geomspace(40, rate / 2, count + 1)
    hertz = np.fft.rfftfreq(WINDOW, 1 / rate)
    rows = np.zeros((count, len(hertz)), np.float32)
    for row in range(count):
        inside = (hertz >= edges[row]) & (hertz < edges[row + 1])
        if not inside.any():
            inside[np.argmin(np.abs(hertz - edges[row]))] = True
        rows[row, inside] = 1 / inside.sum()
    return rows.T


def flux(sound):
    """How much louder each moment is than the one before, over the bands of a log-magnitude spectrum."""
    gather = bands_of()
    weights = np.linspace(1.6, 0.4, gather.shape[1], dtype=np.float32)
    if len(sound) < WINDOW:
        return np.zeros(0, np.float32)
    count = 1 + (len(sound) - WINDOW) // HOP
    window = np.hanning(WINDOW).astype(np.float32)
    onset = np.zeros(count, np.float32)
    before = None
    for first in range(0, count, 2048):
        last = min(count, first + 2048)
        cut = np.stack([sound[n * HOP : n * HOP + WINDOW] for n in range(first, last)]) * window
        bands = np.log1p(30 * (np.abs(np.fft.rfft(cut, axis=1)).astype(np.float32) @ gather)) * weights
        rows = np.vstack([before if before is not None else bands[:1], bands])
        onset[first:last] = np.maximum(0, np.diff(rows, axis=0)).mean(axis=1)
        before = bands[-1:]
    local = np.convolve(onset, np.ones(43) / 43, mode="same")
    onset = np.maximum(0, onset - local)
    return onset / (onset.std() or 1)


def tempo(onset, a_second) -> float:
    """Beats a minute, or 0.0 when nothing repeats."""
    centred = onset - onset.mean()
    size = 1 << (2 * len(centred) - 1).bit_length()
    spectrum = np.fft.rfft(centred, size)
    alike = np.fft.irfft(spectrum * np.conj(spectrum), size)[: len(centred)]
    if alike[0] <= 0:
        return 0.0
    alike = alike / alike[0]
    lags = np.arange(int(a_second * 60 / FASTEST), int(a_second * 60 / SLOWEST) + 1)
    bpms = 60 * a_second / lags
    prior = np.exp(-0.5 * (np.log2(bpms / 120) / 0.9) ** 2)
    double = np.array([alike[min(2 * lag, len(alike) - 1)] for lag in lags])
    score = (alike[lags] + 0.5 * double) * prior
    best = int(np.argmax(score))
    if alike[lags[best]] < 0.05:
        return 0.0
    lag = float(lags[best])
    if 0 < best < len(lags) - 1:  # between two lags
        a, b, c = alike[lags[best] - 1], alike[lags[best]], alike[lags[best] + 1]
        lag += float(0.5 * (a - c) / (a - 2 * b + c)) if abs(a - 2 * b + c) > 1e-9 else 0.0
    return 60 * a_second / lag


def track(onset, period: float, tightness: float = 400.0) -> list[int]:
    """The places of `onset` that are beats about `period` apart."""
    score, back = onset.astype(float).copy(), np.full(len(onset), -1)
    offsets = np.arange(-round(2 * period), -round(period / 2))
    price = -tightness * np.log(-offsets / period) ** 2
    for at in range(len(onset)):
        earlier = at + offsets
        usable = earlier >= 0
        if not usable.any():
            continue
        options = score[earlier[usable]] + price[usable]
        best = int(np.argmax(options))
        if options[best] > 0:
            score[at] += options[best]
            back[at] = earlier[usable][best]
    at = int(np.argmax(score[-max(1, round(period)) :])) + len(onset) - max(1, round(period))
    path = []
    while at >= 0:
        path.append(at)
        at = int(back[at])
    return path[::-1]
