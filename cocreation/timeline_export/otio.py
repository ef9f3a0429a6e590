"""OpenTimelineIO, and through its adapter Final Cut Pro 7 XML, which Premiere and Resolve read."""

import opentimelineio as otio_library

from cocreation.planner import FPS
from cocreation.timeline_export.naming import Media, Reel

schema, opentime = otio_library.schema, otio_library.opentime
OURS = "nextstop"


def timeline(reel: Reel):
    """The reel as an OTIO timeline: one track of picture, one of the shots' own sound, one of music, beats as markers."""
    found = schema.Timeline(reel.name, global_start_time=time(0))
    style = reel.timeline.style.name
    found.metadata[OURS] = {"plan": 2, "frames": reel.timeline.frames, "style": style, "version": reel.version}
    picture = schema.Track("Film", kind=schema.TrackKind.Video)
    voices = schema.Track("Shots", kind=schema.TrackKind.Audio)
    music = schema.Track("Music", kind=schema.TrackKind.Audio)
    for item in reel.timeline.items:
        if item.into.kind == "dissolve":
            half = time(item.into.half)
            picture.append(schema.Transition("Cross Dissolve", schema.TransitionTypes.SMPTE_Dissolve, half, half))
        picture.append(clip(reel.media(item), item.source, item.frames, item))
        heard = item.kind == "shot" and not item.mute
        voices.append(voice(reel.media(item), item) if heard else gap(item.frames))
    for beat in reel.timeline.beats:
        mark = span(beat, 1)
        # On the whole film, not on a track: Final Cut Pro 7 XML, which Premiere reads, knows no markers of a track.
        found.tracks.markers.append(schema.Marker("beat", marked_range=mark, color=schema.MarkerColor.GREEN))
    for _start, frames in reel.music_runs():
        music.append(clip(reel.music, 0, frames))  # type: ignore[arg-type]
    found.tracks.extend([picture, voices, *([music] if reel.music else [])])
    return found


def otio(reel: Reel) -> str:
    """The reel as `.otio`."""
    return otio_library.adapters.write_to_string(timeline(reel), "otio_json")


def fcp7(reel: Reel) -> str:
    """The reel as Final Cut Pro 7 XML."""
    return otio_library.adapters.write_to_string(timeline(reel), "fcp_xml")


def time(frames: int):
    return opentime.RationalTime(frames, FPS)


def span(start: int, frames: int):
    return opentime.TimeRange(time(start), time(frames))


def gap(frames: int):
    return schema.Gap(source_range=span(0, frames))


def voice(media: Media, item):
    """The sound of a shot: under a name of its own, else the adapter takes it for the picture and both break."""
    found = clip(media, item.source, item.frames, item)
    found.name = f"{media.name} (sound)"
    return found


def clip(media: Media, source: int, frames: int, item=None):
    """A stretch of a file; what only we know of it stands in its metadata and comes back with it."""
    reference = schema.ExternalReference(media.path, span(0, max(media.frames, source + frames)))
    found = schema.Clip(media.name, reference, span(source, frames))
    if item is not None:
        found.metadata[OURS] = {"kind": item.kind, "shot": item.key, "mute": item.mute, "caption": item.caption}
        if item.into.kind == "dip":
            found.metadata[OURS]["dip"] = item.into.frames
    return found
