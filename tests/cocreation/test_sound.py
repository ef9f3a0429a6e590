"""The sound of a film, measured in what comes out: how far music steps back, how loud it is, what is said when it is not."""

import io
import subprocess
import wave

import numpy as np
import pytest
from django.core.management import call_command

from cocreation import pieces, upscaling
from cocreation.media import ffmpeg, looking
from cocreation.rendering import sound
from cocreation.rendering.mezzanines import mezzanine
from cocreation.rendering.pictures import Source, shown, stranger, stretch
from cocreation.rendering.recipe import Canvas, x264
from cocreation.upscaling.lanczos import Lanczos
from tests.cocreation import drawing

RATE = 48_000


def wav(path, samples):
    """One channel of -1..1 as a file of 16 bits."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, len(samples), "NONE", ""))
        file.writeframes((np.clip(samples, -1, 1) * 32_000).astype("<i2").tobytes())
    return path


def tone(hertz, seconds, level=0.3):
    return level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)


def heard(path):
    """What comes out of a file, as one channel."""
    line = [ffmpeg.program(), "-v", "error", "-i", str(path), "-f", "f32le", "-ac", "1", "-ar", str(RATE), "-"]
    return np.frombuffer(subprocess.run(line, check=True, capture_output=True).stdout, np.float32)


def level(samples, hertz, start, end):
    """How strong one tone is in a stretch, in dB."""
    part = samples[round(start * RATE) : round(end * RATE)]
    wave_of = np.exp(-2j * np.pi * hertz * np.arange(len(part)) / RATE)
    return 20 * np.log10(2 * abs(np.mean(part * wave_of)))


def flashing(folder, *, picture=0.0, voice=0.0):
    """A flash in the second second of the picture and a tone with it; their streams begin at these moments of the file."""
    path, at = folder / "flash.mkv", picture + 1 - voice
    seen = "color=black:size=320x180:rate=10:duration=3,drawbox=color=white:t=fill:enable='between(t,0.95,1.35)'"
    tone = f"aevalsrc='if(between(t,{at},{at + 0.4}),0.5*sin(2*PI*1000*t),0)':duration=3:sample_rate=48000"
    inputs = [
        "-itsoffset",
        str(picture),
        "-f",
        "lavfi",
        "-i",
        seen,
        "-itsoffset",
        str(voice),
        "-f",
        "lavfi",
        "-i",
        tone,
    ]
    drawing.run(*inputs, "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", "-y", str(path))
    return path


def begins(path):
    """`(second of the flash, second of the tone)` in a film; None where it has no picture."""
    flash = None if path.suffix == ".m4a" else int(np.argmax(lights(path) > 128)) / 30
    loud = np.abs(heard(path))
    return flash, int(np.argmax(loud > loud.max() / 3)) / RATE


def lights(path):
    """How light each thirtieth of a second is, 0..255."""
    line = [ffmpeg.program(), "-v", "error", "-i", str(path), "-map", "0:v", "-vf", "fps=30,scale=2:2,format=gray"]
    seen = subprocess.run([*line, "-f", "rawvideo", "-"], check=True, capture_output=True).stdout
    return np.frombuffer(seen, np.uint8).reshape(-1, 4).mean(axis=1)


@pytest.mark.parametrize(("picture", "voice"), [(0, 0), (0, 0.8), (0.8, 0)])
@pytest.mark.parametrize("place", ["film", "mezzanine", "upscaled"])
def test_a_tone_stays_with_its_flash_whichever_stream_begins_first(place, picture, voice, tmp_path):
    path = flashing(tmp_path, picture=picture, voice=voice)
    seen = looking.look(path)
    source = Source(path, "flash", seen.facts)
    if place == "film":
        out = sound.make(tmp_path, sound.Score(90, (sound.Voice(path, "flash", 0, 90, 0),)), tmp_path)
    elif place == "mezzanine":
        out = mezzanine(tmp_path, source, source, 90, Canvas(320, 180), watch=lambda frames: None)
    else:
        out, store = tmp_path / "out.mp4", pieces.Store(tmp_path / "chunks", shared=False)
        upscaling.upscale(path, out, seen=seen, digest="flash", size=(640, 360), backend=Lanczos(), store=store)

    flash, tone = begins(out)

    assert flash in (None, pytest.approx(1, abs=0.04))
    assert tone == pytest.approx(1, abs=0.05)


def test_a_picture_that_begins_after_its_sound_is_in_the_film_from_its_first_frame_on(tmp_path):
    path = flashing(tmp_path, picture=0.8)
    canvas = Canvas(320, 180)
    graph = f"{shown(Source(path, '', looking.look(path).facts), canvas, '0:V:0', 's', 15)};[s]{stretch(15, 60)}[v]"
    line = ["-loglevel", "error", *stranger(path), "-filter_complex", graph, "-map", "[v]", "-frames:v", "60"]

    ffmpeg.call([*line, *x264(canvas), "-y", f"file:{tmp_path}/out.mp4"])

    assert int(np.argmax(lights(tmp_path / "out.mp4") > 128)) == 15


@pytest.fixture
def scored(tmp_path):
    """Twelve seconds of music at 330 Hz; from 4 to 8 a shot sounds at 1000 Hz."""
    music = wav(tmp_path / "music.wav", tone(330, 12))
    video, voice = drawing.film(tmp_path, "v.mp4", seconds=4), tmp_path / "voice.mp4"
    drawing.run(
        *("-i", str(video), "-i", str(wav(tmp_path / "voice.wav", tone(1000, 4)))),
        *("-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", "aac", "-b:a", "192k", "-y", str(voice)),
    )

    def make(own_sound):
        voices = (sound.Voice(voice, "voice", 120, 120, 0),)
        score = sound.Score(360, voices, music, "music", 0, own_sound)
        return sound.make(tmp_path, score, tmp_path)

    return make


def test_the_music_steps_back_while_a_shot_is_heard_and_comes_back(scored):
    out = heard(scored("over"))

    before, during, after = (level(out, 330, *stretch) for stretch in ((1, 3), (4.5, 7.5), (8.6, 9.4)))
    assert before - during == pytest.approx(13, abs=1.5)
    assert after == pytest.approx(before, abs=1)
    assert level(out, 1000, 4.5, 7.5) > during
    assert level(out, 1000, 1, 3) < before - 40


def test_a_shot_under_the_music_leaves_it_as_it_is(scored):
    out = heard(scored("under"))

    assert level(out, 330, 4.5, 7.5) == pytest.approx(level(out, 330, 1, 3), abs=1)
    assert level(out, 1000, 4.5, 7.5) < level(out, 330, 4.5, 7.5) - 3


def sounding_shot(folder, tone, *, late=0.0):
    """A picture of five seconds; `tone` is ffmpeg's source of its sound, which begins so late in the file."""
    path, picture = folder / "shot.mp4", drawing.film(folder, "v.mp4", seconds=5)
    inputs = ["-i", str(picture), "-itsoffset", str(late), "-f", "lavfi", "-t", "5", "-i", tone]
    drawing.run(*inputs, "-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", "aac", "-b:a", "192k", "-y", str(path))
    return path


def steps_back(out, second, hertz):
    """Whether the music at 330 Hz stands back behind this tone late in a second, and else is as loud as in the beginning."""
    full = level(out, 330, 1, 3)
    music, voice = (level(out, each, second + 0.62, second + 0.88) for each in (330, hertz))
    if full - music == pytest.approx(13, abs=1.5) and voice > music:
        return True
    assert music == pytest.approx(full, abs=1) and voice < full - 30, f"second {second}: {music - full:.1f} dB"
    return False


def rarer(*row):
    return pytest.param(*row, marks=pytest.mark.long)


@pytest.mark.parametrize(
    ("tone_of_shot", "late", "seconds"),
    [
        ("anullsrc=sample_rate=48000", 0, []),
        ("sine=1000:sample_rate=48000:duration=1", 0, [0]),
        ("sine=1000:sample_rate=48000:duration=0.5", 3.4, [3]),
        ("sine=1000:sample_rate=48000", 0, [0, 1, 2, 3, 4]),
        rarer("aevalsrc=0.0005*sin(2*PI*1000*t):sample_rate=48000", 0, []),
        rarer("sine=1000:sample_rate=48000:duration=1,apad", 0, [0]),
        rarer("sine=1000:sample_rate=48000:duration=0.5,adelay=3400,apad", 0, [3]),
    ],
    ids=["silent", "short", "late", "whole", "next to silent", "short in silence", "late in silence"],
)
def test_the_music_steps_back_only_while_something_is_heard(tmp_path, tone_of_shot, late, seconds):
    music, shot = wav(tmp_path / "music.wav", tone(330, 14)), sounding_shot(tmp_path, tone_of_shot, late=late)
    score = sound.Score(420, (sound.Voice(shot, "shot", 120, 150, 0),), music, "music")

    out = heard(sound.make(tmp_path, score, tmp_path))

    assert [second for second in range(5) if steps_back(out, 4 + second, 1000)] == seconds


def test_a_sound_that_begins_late_in_its_shot_is_whole_and_at_its_moment(tmp_path):
    music = wav(tmp_path / "music.wav", tone(330, 14))
    shot = sounding_shot(tmp_path, "sine=1000:sample_rate=48000:duration=0.5,adelay=3400,apad")
    score = sound.Score(420, (sound.Voice(shot, "shot", 120, 120, 30),), music, "music")

    out = heard(sound.make(tmp_path, score, tmp_path))

    begins, middle = level(out, 1000, 6.41, 6.45), level(out, 1000, 6.6, 6.7)
    assert begins == pytest.approx(middle, abs=1) and level(out, 1000, 6.3, 6.38) < middle - 20
    assert level(out, 1000, 6.85, 6.89) == pytest.approx(middle, abs=1) and level(out, 1000, 6.95, 7.1) < middle - 20


def test_it_fades_in_and_out(scored):
    out = heard(scored("off"))

    assert level(out, 330, 0, 0.05) < level(out, 330, 1, 3) - 15
    assert level(out, 330, 11.8, 11.95) < level(out, 330, 1, 3) - 15


def test_quiet_music_with_hard_hits_is_brought_to_the_agreed_loudness(tmp_path):
    samples = np.random.default_rng(7).normal(0, 0.004, 12 * RATE)
    samples[:: 2 * RATE] = 1.0
    track = wav(tmp_path / "hits.wav", samples)

    made = sound.make(tmp_path, sound.Score(360, (), track, "hits"), tmp_path)

    loud, peak = sound.measured(["-i", f"file:{made}"])
    assert loud == pytest.approx(-16, abs=0.5) and peak <= -1
    assert sound.off(made) == ""


def test_what_cannot_be_made_loud_enough_is_said(tmp_path):
    samples = np.zeros(12 * RATE)
    samples[RATE :: 3 * RATE] = 0.9  # a lone click every three seconds
    track = wav(tmp_path / "clicks.wav", samples)

    made = sound.make(tmp_path, sound.Score(360, (), track, "clicks"), tmp_path)

    loud, peak = sound.measured(["-i", f"file:{made}"])
    assert loud < -16.5 and peak <= -1
    assert sound.off(made) == f"{loud:.1f} LUFS, {peak:.1f} dBTP"
    film, said = tmp_path / "film.mp4", io.StringIO()
    drawing.film(tmp_path, "shot.mp4", seconds=2)
    call_command(
        "montage", str(tmp_path / "shot.mp4"), music=str(track), out=film, lines=180, stdout=io.StringIO(), stderr=said
    )
    assert "could not be brought to -16 LUFS" in said.getvalue()


def test_the_quick_sound_of_a_preview_is_about_as_loud_and_no_film_is_heard_by_it(tmp_path):
    track = wav(tmp_path / "quiet.wav", tone(220, 12, level=0.05))
    score = sound.Score(360, (), track, "quiet")
    quick = sound.make(tmp_path, score, tmp_path, quick=True)
    loud, peak = sound.measured(["-i", str(quick)])
    assert abs(loud - sound.LUFS) < 2 and peak <= 0

    whole = sound.make(tmp_path, score, tmp_path)
    assert whole != quick and abs(sound.measured(["-i", str(whole)])[0] - sound.LUFS) <= sound.ALLOWED
    assert sound.make(tmp_path, score, tmp_path, quick=True) == whole, (
        "what is there already is heard in a preview, too"
    )
