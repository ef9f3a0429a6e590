"""The sound of a film: music under the shots' own sound, mixed here, brought to one loudness, encoded once.

Goals: -16 LUFS, true peak at most -1 dBTP, measured again after encoding.
"""

import math
import re
import uuid
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cocreation.media.children import STRANGERS, Killed
from cocreation.media.ffmpeg import Broken, call
from cocreation.media.strangers import SAFE
from cocreation.planner import FPS
from cocreation.rendering.pieces import key, path_of, settle
from cocreation.rendering.recipe import EXACT, LABEL

RATE, VERSION = 48_000, "sound/3"
LUFS, PEAK = -16.0, -1.0
NEAR, ALLOWED, TRIES = 0.3, 0.5, 10  # LU beside the goal that end the search, that are let through; how often
SILENCE = -60.0
STILL, MARGIN = 0.001, 3  # a frame of a voice at most as loud is silence; frames of it that stay around what is heard
DUCKED, UNDER = 0.22, 0.35  # what is left of the music under a voice; of a voice under the music
OPEN_MUSIC = ["-nostdin", "-protocol_whitelist", "file", "-format_whitelist", "mov,mp3,wav,flac,ogg"]
RAW = ["-f", "f32le", "-ar", str(RATE), "-ac", "2"]
BLOCK = 20 * RATE


@dataclass(frozen=True)
class Voice:
    """A shot's own sound in the film, in frames."""

    path: Path
    digest: str
    start: int
    frames: int
    source: int


@dataclass(frozen=True)
class Score:
    """Everything that is heard."""

    frames: int
    voices: tuple[Voice, ...] = ()
    music: Path | None = None
    music_key: str = ""
    loop: int = 0  # frames after which the music begins again; 0: it ends
    own_sound: str = "over"

    @property
    def name(self) -> str:
        voices = [[voice.digest, voice.start, voice.frames, voice.source] for voice in self.voices]
        return key(VERSION, self.frames, voices, self.music_key, self.loop, self.own_sound if voices else "")


def nobody() -> None:
    """A check that never stops anything."""


def make(store, score: Score, folder, *, check=nobody, quick=False) -> Path:
    """The encoded sound from the store, made when it is not there. `check()` is asked often and may raise to stop.

    `quick`: for a preview, encoded once at the gain that its bed asks for and not measured again; it has a name of its
    own, so that no film is heard by it.

    A voice that cannot be decoded is silent and named by `unread`; what is made without it has a name of its own, so that
    the next time it is tried again.
    """
    path = path_of(store, score.name, ".m4a")
    if quick and not path.exists():
        path = path_of(store, key(score.name, "quick"), ".m4a")
    if path.exists():
        return path
    voices, missed_voices = heard_of(store, score, check)
    score = replace(score, voices=tuple(voice for voice, _samples, _gain in voices))  # the music ducks under no silence
    if missed_voices:
        path = path_of(store, key(path.stem, "without", missed_voices), ".m4a")
        path.with_suffix(".unread").write_text("\n".join(missed_voices))
        if path.exists():
            return path
    raw = Path(folder) / f"bed-{uuid.uuid4().hex[:8]}.f32"
    part = path_of(store, f"{path.stem}.{uuid.uuid4().hex[:8]}.part", ".m4a")
    try:
        mix(store, score, voices, raw, check)
        loud, _peak = measured([*RAW, "-i", f"file:{raw}"], check, peak=False)
        if quick:
            encode(raw, part, gain_of(loud), PEAK - 0.7, score.frames, check, coder="fast")
        elif missed := even(raw, part, loud, score.frames, check):
            path.with_suffix(".off").write_text("{:.1f} LUFS, {:.1f} dBTP".format(*missed))
        settle(part, path)
    finally:
        raw.unlink(missing_ok=True)
        part.unlink(missing_ok=True)
    return path


def gain_of(loud) -> float:
    """What brings a bed of this loudness to LUFS, in dB, as long as no limiter takes anything away."""
    return LUFS - loud if loud > SILENCE else 0.0


def even(raw, out, loud, frames, check=nobody) -> tuple[float, float] | None:
    """Encode at the gain and the ceiling that bring the result to LUFS below PEAK.

    None when it is there, else what the quietest try with an allowed peak measured, `(LUFS, dBTP)`. `loud` is the bed's
    own loudness. A limiter takes away from what the gain adds, more with each step: what is missing is added again until
    the encoded sound itself measures right, and lone clicks in silence never do.
    """
    gain, ceiling = gain_of(loud), PEAK - 0.7
    got = peak = -120.0
    for _try in range(TRIES):
        encode(raw, out, gain, ceiling, frames, check)
        if loud <= SILENCE:
            return None
        got, peak = measured(["-nostdin", "-i", f"file:{out}"], check)
        if abs(got - LUFS) <= NEAR and peak <= PEAK:
            return None
        if abs(got - LUFS) > NEAR:
            gain += max(-6.0, min(6.0, (LUFS - got) * (1.6 if got < LUFS else 1.0)))
        ceiling -= (peak - PEAK + 0.2) if peak > PEAK else 0
    return None if abs(got - LUFS) <= ALLOWED and peak <= PEAK else (got, peak)


def off(path) -> str:
    """ "" when a sound of the store is as loud as agreed, else what it measures, as "-22.1 LUFS, -1.6 dBTP"."""
    note = Path(path).with_suffix(".off")
    return note.read_text() if note.exists() else ""


def unread(path) -> list[str]:
    """The digests of voices that a sound of the store lacks as they could not be decoded."""
    note = Path(path).with_suffix(".unread")
    return note.read_text().split("\n") if note.exists() else []


def encode(raw, out, gain, ceiling, frames, check=nobody, *, coder="twoloop") -> None:
    """One gain for all, a limiter, AAC; "twoloop" is ffmpeg's own choice of a coder, "fast" takes half its time."""
    limit = (
        f"volume={gain:.3f}dB,alimiter=limit={10 ** (ceiling / 20):.5f}:level=false:attack=4:release=60:latency=true"
    )
    call(
        [
            *("-loglevel", "error", "-nostdin", *RAW, "-i", f"file:{raw}", "-af", limit, "-t", f"{frames / FPS:.6f}"),
            *(
                "-c:a",
                "aac",
                "-aac_coder",
                coder,
                "-b:a",
                "160k",
                "-movflags",
                "+faststart",
                *EXACT,
                "-metadata",
                f"comment={LABEL}",
            ),
            *("-y", f"file:{out}"),
        ],
        watch=lambda _frames: check(),
        seconds=120 + frames / FPS,
    )


def measured(inputs, check=nobody, *, peak=True) -> tuple[float, float]:
    """`(integrated loudness in LUFS, true peak in dBTP)`; the peak costs most of the time, -120 when nobody asks."""
    meter = f"ebur128={'peak=true:' if peak else ''}framelog=quiet"
    said = call(
        ["-hide_banner", "-loglevel", "info", *inputs, "-af", meter, "-f", "null", "-"],
        watch=lambda _frames: check(),
    )
    loud = re.findall(r"I:\s+(-?[\d.]+|-inf|nan) LUFS", said)
    high = re.findall(r"Peak:\s+(-?[\d.]+|-inf|nan) dBFS", said)
    if not loud:
        raise Broken("the loudness could not be measured")
    return _number(loud[-1]), _number(high[-1]) if high else -120.0


def _number(word) -> float:
    value = float(word)
    return value if math.isfinite(value) else -120.0


def decoded(store, path, digest, opening, seconds, check=nobody, *, pictured=False) -> np.ndarray:
    """The first sound of a file as samples (n, 2), kept raw in the store.

    Of a file with a picture they begin with its first picture, wherever its sound begins.
    """
    raw = path_of(store, key(VERSION, "raw", digest, round(seconds, 3)), ".s16")
    if not raw.exists():
        part = path_of(store, f"{raw.stem}.{uuid.uuid4().hex[:8]}.part", ".s16")
        try:
            _decode(path, part, opening, seconds, check, pictured)
            settle(part, raw)
        finally:
            part.unlink(missing_ok=True)
    if raw.stat().st_size < 4:
        return np.zeros((0, 2), np.int16)
    return np.memmap(raw, np.int16, "r").reshape(-1, 2)


def _decode(path, out, opening, seconds, check, pictured):
    moments, picture = [], []
    if pictured:  # silence where there is no sound yet; and at which moment the first picture is
        moments = ["-af", "aresample=async=1:first_pts=0"]
        picture = ["-map", "0:V:0", "-frames:v", "1", "-vf", "showinfo", "-f", "null", "-"]
    said = call(
        [
            *("-loglevel", "info" if pictured else "error", *opening, "-i", f"file:{path}"),
            *("-map", "0:a:0", "-t", f"{seconds:.3f}", *moments),
            *("-f", "s16le", "-ar", str(RATE), "-ac", "2", "-y", f"file:{out}", *picture),
        ],
        watch=lambda _frames: check(),
        seconds=120,
        limits=STRANGERS,
    )
    begins = re.search(r"Parsed_showinfo.* n: *0 .*pts_time:(\d[\d.]*)", said)
    if begins and float(begins[1]) > 0:
        samples = np.fromfile(out, np.int16)[2 * round(float(begins[1]) * RATE) :]
        samples.tofile(out)


def heard_of(store, score: Score, check=nobody) -> tuple[list, list[str]]:
    """`(voices with samples and gain, digests of those that cannot be decoded)`: each from its first to its last sound.

    What is silent is left out. A full disk is no fault of a voice.
    """
    found, missed = [], set()
    for voice in score.voices:
        try:
            found += _voice(store, voice, check)
        except Killed:  # that says nothing of the voice
            raise
        except Broken as reason:
            if "No space left" in str(reason):
                raise
            missed.add(voice.digest)
    return found, sorted(missed)


def mix(store, score: Score, voices, out, check=nobody) -> None:
    """The bed as raw samples in `out`: block by block, so that a long film needs no more memory than a short one."""
    total = round(score.frames * RATE / FPS)
    music = None
    if score.music:
        music = decoded(store, score.music, score.music_key, OPEN_MUSIC, 1200, check)
    with open(out, "wb") as file:
        for first in range(0, total, BLOCK):
            check()
            last = min(total, first + BLOCK)
            block = np.zeros((last - first, 2), np.float32)
            if music is not None and len(music):
                block += _looped(music, score.loop, first, last) * _music_gain(score, first, last)[:, None]
            for voice, samples, gain in voices:
                _lay(
                    block,
                    first,
                    voice,
                    samples,
                    gain * (UNDER if score.own_sound == "under" and music is not None else 1),
                )
            file.write(block.tobytes())


def _looped(music, loop, first, last):
    """Samples `first` to `last` of the music, beginning again where it loops."""
    length = min(len(music), round(loop * RATE / FPS)) if loop else len(music)
    found = np.zeros((last - first, 2), np.float32)
    at = first
    while at < last:
        place = at % length if loop else at
        take = min(last - at, length - place)
        if take <= 0:
            break
        found[at - first : at - first + take] = music[place : place + take] / np.float32(32_768)
        at += take
    return found


def _music_gain(score, first, last):
    """Fades at both ends; lower while somebody speaks, where the shots' sound lies over the music."""
    points = [(0.0, 0.0), (0.4, 1.0)]
    if score.own_sound == "over":
        for start, end in _spoken(score.voices):
            points += [(start - 0.25, 1.0), (start, DUCKED), (end, DUCKED), (end + 0.5, 1.0)]
    whole = score.frames / FPS
    points += [(whole - 2.5, 1.0), (whole, 0.0)]
    points.sort()
    t = np.arange(first, last) / RATE
    gain = np.interp(t, [x for x, _y in points], [y for _x, y in points])
    return np.minimum(gain, np.clip((whole - t) / 2.5, 0, 1)).astype(np.float32)


def _spoken(voices):
    """Stretches in seconds with sound of shots, those closer than a second made one."""
    found: list[list[float]] = []
    for voice in sorted(voices, key=lambda voice: voice.start):
        start, end = voice.start / FPS, (voice.start + voice.frames) / FPS
        if found and start - found[-1][1] < 1:
            found[-1][1] = max(found[-1][1], end)
        else:
            found.append([start, end])
    return found


def voice_of(store, path, digest, frames, check=nobody) -> np.ndarray:
    """The sound of a shot from its first picture on, of whole minutes, so that it is decoded once for all its trims."""
    seconds = 60 * max(1, math.ceil(frames / FPS / 60))
    return decoded(store, path, digest, SAFE, seconds, check, pictured=True)


def _voice(store, voice, check) -> list[tuple[Voice, np.ndarray, float]]:
    """What is heard of a shot in its stretch, its samples and their gain, as a list of one; of silence there is none."""
    samples, frame = voice_of(store, voice.path, voice.digest, voice.source + voice.frames, check), RATE // FPS
    samples = samples[voice.source * frame : (voice.source + voice.frames) * frame]
    power = _power(samples, frame)
    loud = np.flatnonzero(power > STILL**2)
    if not len(loud):
        return []
    first, last = max(0, int(loud[0]) - MARGIN), min(len(power), int(loud[-1]) + 1 + MARGIN)
    level = math.sqrt(float(np.mean(power[loud[0] : loud[-1] + 1])))
    voice = replace(voice, start=voice.start + first, frames=last - first, source=voice.source + first)
    return [(voice, samples[first * frame : last * frame], min(4.0, 0.12 / level))]


def _power(samples, frame) -> np.ndarray:
    """The mean square of each frame of samples -1..1; what the last one lacks is silence."""
    padded = np.zeros((-(-len(samples) // frame) * frame, 2), np.float32)
    padded[: len(samples)] = samples / np.float32(32_768)
    return np.mean(padded.reshape(-1, 2 * frame) ** 2, axis=1)


def _lay(block, first, voice, samples, gain):
    """Add a voice with short fades to the part of the bed that begins at sample `first`."""
    start = round(voice.start * RATE / FPS)
    a, b = max(first, start), min(first + len(block), start + len(samples))
    if a >= b:
        return
    place = np.arange(a - start, b - start)
    soft = np.minimum(1, np.minimum(place, len(samples) - 1 - place) / (0.06 * RATE))
    block[a - first : b - first] += (
        samples[a - start : b - start] / np.float32(32_768) * (gain * soft)[:, None].astype(np.float32)
    )
