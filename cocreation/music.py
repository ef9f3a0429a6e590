"""Music of a film: heard for its beats once, a tempo set by hand wins, our own pieces are played when needed."""

import hashlib
import os
import uuid
from dataclasses import replace
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override, pgettext

from cocreation import beats, synthesis
from cocreation.beats import Pulse
from cocreation.media.children import Killed
from cocreation.media.ffmpeg import Broken
from cocreation.models import Soundtrack
from cocreation.planner import FPS, Beats, Music
from cocreation.rendering import pieces, sound
from events import jobs, live
from events.models import Job

LONGEST = 20 * 60
TRIES = 3  # failed jobs before nobody asks again


def titles() -> dict[str, str]:
    """Our own pieces by name, as people read them."""
    return {
        "departure": pgettext("piece of music", "Departure"),
        "window": pgettext("piece of music", "Window seat"),
        "lantern": pgettext("piece of music", "Lantern"),
    }


def house_piece(event, name) -> Soundtrack:
    """One of our own pieces as music of this event, named in both languages: the end roll is for the whole room."""
    if name not in synthesis.PIECES:
        raise KeyError(name)
    words = {
        "title": _both(lambda: titles()[name]),
        "credit": _both(lambda: _("Synthesised by Nextstop, free to use")),
    }
    return Soundtrack.objects.get_or_create(event=event, piece=name, defaults=words)[0]


def _both(said) -> str:
    """Words in Chinese and in English, once where they are the same."""
    found = []
    for language in ("zh-hans", "en"):
        with override(language):
            found.append(str(said()))
    return " ".join(dict.fromkeys(found))


def pulse_of(soundtrack) -> Pulse:
    """Where the music beats: what a hand set, what our own piece says, what was heard; else nothing."""
    seconds = length_of(soundtrack)
    if soundtrack.bpm:
        return beats.steady(soundtrack.bpm, soundtrack.offset, seconds)
    if soundtrack.piece:
        own = synthesis.PIECES.get(soundtrack.piece)
        return beats.steady(own.bpm, soundtrack.offset, seconds) if own else Pulse(0.0, (), 0)
    heard = soundtrack.heard or {}
    pulse = Pulse(heard.get("bpm", 0.0), tuple(heard.get("times", [])), heard.get("first", 0))
    return beats.moved(pulse, soundtrack.offset) if soundtrack.offset else pulse


def length_of(soundtrack) -> float:
    """Seconds of the music; 0.0 while nobody has listened to it, and for a piece that we do not have."""
    if soundtrack.piece:
        own = synthesis.PIECES.get(soundtrack.piece)
        return own.seconds if own else 0.0
    return float((soundtrack.heard or {}).get("seconds", 0.0))


def plays(soundtrack, most_frames) -> tuple[Music, Beats]:
    """The music and its beats over so many frames; it begins again after its last whole bar."""
    music = Music(digest_of(soundtrack), _named(soundtrack), 0)
    return repeated(music, pulse_of(soundtrack), length_of(soundtrack), most_frames)


def repeated(music, pulse, seconds, most_frames) -> tuple[Music, Beats]:
    """Beats over so many frames; the music begins again after a multiple of four beats, so that bars go on."""
    times = pulse.times
    whole = (len(times) - 1) // 4 * 4
    if whole < 4:
        return replace(music, loop=round(seconds * FPS)), Beats()
    loop = round((times[whole] - times[0]) * FPS)
    once = [round(t * FPS) for t in times[:whole]]
    found = [again + frame for again in range(0, most_frames + 1, loop) for frame in once]
    return replace(music, loop=loop), Beats(tuple(sorted(set(found))), 4, pulse.first)


def _named(soundtrack) -> str:
    return f"{soundtrack.title} · {soundtrack.credit}" if soundtrack.credit else soundtrack.title


def digest_of(soundtrack) -> str:
    """What tells this music from any other: the content of the file, or the piece."""
    return f"piece:{soundtrack.piece}:1" if soundtrack.piece else soundtrack.sha256 or soundtrack.file.name


def piece_file(store, name) -> Path:
    """Our own piece as a WAV file in the store. KeyError for a name that is none of ours."""
    path = pieces.path_of(store, pieces.key("piece", name, 1), ".wav")
    try:
        os.utime(path)  # in use: the sweep takes what is old
    except FileNotFoundError:
        part = path.with_name(f"{path.stem}.{uuid.uuid4().hex}.part.wav")  # several may ask at once
        part.write_bytes(synthesis.wav(name))
        pieces.settle(part, path)
    return path


def listen(store, path, digest) -> dict:
    """Decode the file and find its beats: `{"bpm", "times", "first", "seconds"}`. Raises Broken."""
    import numpy as np

    samples = sound.decoded(store, path, digest, sound.OPEN_MUSIC, LONGEST)
    if len(samples) < sound.RATE:
        raise Broken("less than a second of sound")
    mono = samples.mean(axis=1, dtype=np.float32) / 32_768
    count = round(len(mono) * beats.RATE / sound.RATE)
    smooth = np.convolve(mono, np.ones(2, np.float32) / 2, mode="same")
    low = np.interp(np.arange(count) * sound.RATE / beats.RATE, np.arange(len(smooth)), smooth)
    pulse = beats.detect(low)
    return {
        "bpm": pulse.bpm,
        "times": list(pulse.times),
        "first": pulse.first,
        "seconds": round(len(samples) / sound.RATE, 3),
        "wave": _wave(mono),
    }


def _wave(mono, columns=400) -> list[int]:
    """Loudness in so many columns, 0..100, for the picture on the storyboard."""
    import numpy as np

    edges = np.linspace(0, len(mono), columns + 1).astype(int)
    heights = np.array([float(np.abs(mono[a:b]).max()) if b > a else 0.0 for a, b in zip(edges, edges[1:])])
    return [int(v) for v in np.round(100 * heights / (heights.max() or 1))]


def sha256_of(path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def ask_to_hear(soundtrack) -> bool:
    """Have its beats found, if it is a file that nobody has listened to; whether that was asked now."""
    if soundtrack.piece or not soundtrack.file or soundtrack.heard:
        return False
    return jobs.enqueue("hear_music", subject=soundtrack.pk, event=soundtrack.event) is not None


def heal() -> int:
    """Ask again where the asking was lost or the listening failed, a few times; returns how many."""
    tried = Job.objects.filter(kind="hear_music", state=Job.State.FAILED)
    unheard = Soundtrack.objects.filter(piece="", heard={}).exclude(file="").select_related("event")
    return sum(ask_to_hear(track) for track in unheard if tried.filter(subject=track.pk).count() < TRIES)


@jobs.kind("hear_music", queue="probe")
def hear_music(job):
    """Find the beats of uploaded music; says so when the file holds no sound. A full disk is waited for."""
    from cocreation.work import patient  # it stands on this module

    return patient(_hear)(job)


def _hear(job):
    from cocreation.work import local, scratch

    track = Soundtrack.objects.select_related("event").filter(pk=job.subject).first()
    if track is None or not track.file:
        return
    with local(track.file) as path:
        digest = sha256_of(path)
        try:
            heard = listen(scratch(), path, digest)
        except Killed:  # that says nothing of the music
            raise
        except Broken as reason:
            if "No space left" in str(reason):
                raise
            heard = {"silent": True}
    job.hold()
    Soundtrack.objects.filter(pk=track.pk).update(heard=heard, sha256=digest)
    live.tell(track.event, "film", audience="crew")
    if heard.get("silent"):
        raise jobs.Failed(gettext_noop("There is no sound in this file."))


def made_ready(soundtrack, store, path) -> None:
    """Listen now, when the job that should have listened has not come to it yet."""
    if soundtrack.piece or soundtrack.heard.get("seconds"):
        return
    soundtrack.sha256 = sha256_of(path)
    soundtrack.heard = listen(store, path, soundtrack.sha256)
    Soundtrack.objects.filter(pk=soundtrack.pk).update(heard=soundtrack.heard, sha256=soundtrack.sha256)
