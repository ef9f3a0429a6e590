"""Looks at a file by decoding it: `python -I prober.py FILE LONGEST FRAMES PIXELS THREADS`, run in a child.

Prints one JSON object: `facts` and `times` (when each frame is shown, in seconds from the first), or `refusal`. Headers
are not believed: an mp4 of 1.6 kB can claim ten hours, a WebM has no duration, a cover picture counts as a stream.
Needs PyAV and nothing of ours, so that a crash of a decoder ends a child and no worker.
"""

import contextlib
import json
import os
import struct
import sys

OPTIONS = {"protocol_whitelist": "file", "format_whitelist": "mov,matroska,gif"}
HDR = {16: "pq", 18: "hlg"}
LONGEST_HOLD = 10.0  # seconds that the last picture may claim to stand
CUT_OFF = 0.8  # less than this of what the file announces is there: it was cut


def probe(path, longest, most_frames, most_pixels, threads):
    """`(facts, times, refusal or None)`"""
    import av

    av.logging.set_level(av.logging.PANIC)
    av.logging.restore_default_callback()  # PyAV's own wants the interpreter from decoder threads, and can hang at the end
    try:
        container = av.open(f"file:{path}", options=OPTIONS, metadata_errors="replace")
    except av.error.FFmpegError:
        return {}, [], {"code": "cut_off" if begins_like_a_movie(path) else "not_a_video"}
    moving = [stream for stream in container.streams.video if not is_cover(stream)]
    if not moving:
        return {}, [], {"code": "no_video"}
    stream = moving[0]
    width, height = announced_size(path, stream)
    if width * height > most_pixels:
        return {}, [], {"code": "too_large", "width": width, "height": height}
    stream.codec_context.options = {"max_pixels": str(most_pixels)}
    stream.thread_type, stream.codec_context.thread_count = "AUTO", threads
    found = decode(container, stream, longest, most_frames)
    if not found.frames:
        return {}, [], {"code": "unreadable"}
    facts = describe(container, stream, found)
    refusal = None
    if found.frames > most_frames:
        refusal = {"code": "too_many", "frames": found.frames, "most": most_frames}
    elif found.damaged or (found.ended and found.frames < CUT_OFF * (stream.frames or 0)):
        announced = max(stream.frames or 0, found.frames + 1)
        refusal = {"code": "cut_off", "frames": found.frames, "announced": announced}
    return facts, found.times, refusal


def announced_size(path, stream):
    """The size in the header; of a GIF from the file itself, as the library hides one that is too large."""
    with open(path, "rb") as file:
        head = file.read(10)
    if head.startswith(b"GIF8") and len(head) == 10:
        return struct.unpack("<HH", head[6:10])
    return stream.codec_context.width, stream.codec_context.height


def begins_like_a_movie(path):
    """An MP4 or MOV without its index: its phone was still writing, or the file was cut."""
    with open(path, "rb") as file:
        return file.read(12)[4:8] in (b"ftyp", b"moov", b"wide", b"mdat")


def is_cover(stream):
    import av

    return bool(stream.disposition & av.stream.Disposition.attached_pic)


class Found:
    """What decoding brought to light."""

    def __init__(self):
        self.frames, self.times, self.first, self.last = 0, [], None, None
        self.damaged = self.ended = False


def decode(container, stream, longest, most_frames):
    import av

    found = Found()
    broken = 0
    start = None
    try:
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except av.error.InvalidDataError:
                broken += 1
                if broken > 50:
                    found.damaged = True
                    return found
                continue
            for frame in frames:
                time = float(frame.pts * frame.time_base) if frame.pts is not None else None
                if time is None:
                    time = found.times[-1] + 0.04 if found.times else 0.0
                start = time if start is None else start
                found.first = found.first or frame
                found.last = frame
                found.frames += 1
                found.times.append(round(time - start, 6))
                if time - start > longest or found.frames > most_frames:
                    return found
        found.ended = True
    except av.error.FFmpegError:
        found.damaged = True
    # One lost picture is forgiven; a file of which a part cannot be read is not.
    found.damaged = found.damaged or broken > max(1, found.frames // 20)
    return found


def describe(container, stream, found):
    first = found.first
    turned = int(getattr(first, "rotation", 0) or 0) % 180 != 0
    sar = float(stream.sample_aspect_ratio or 1)
    sar = sar if abs(sar - 1) > 0.01 else 1.0  # what rounding of a size leaves behind
    width, height = round(first.width * sar) or 1, first.height
    width, height = (height, width) if turned else (width, height)
    steps = [b - a for a, b in zip(found.times, found.times[1:])]
    mean = sum(steps) / len(steps) if steps else 0.0
    return {
        "container": container.format.name.split(",")[0],
        "codec": stream.codec_context.name,
        "width": width - width % 2,
        "height": height - height % 2,
        "stored": [first.width, first.height],
        "sar": sar,
        "rotation": int(getattr(first, "rotation", 0) or 0),
        "frames": found.frames,
        "seconds": round(found.times[-1] + hold(found.last, mean), 3),
        "begins": begins(container, first),
        "fps": round(1 / mean, 3) if mean > 0 else 0.0,
        "varies": bool(steps) and max(steps) - min(steps) > 0.2 * mean + 0.0021,
        "sound": bool(container.streams.audio) and has_sound(container),
        "pixels": first.format.name,
        "bits": max(component.bits for component in first.format.components),
        "alpha": any(component.is_alpha for component in first.format.components) or first.format.name == "pal8",
        "hdr": HDR.get(int(first.color_trc or 0), ""),
        "matrix": int(first.colorspace if first.colorspace is not None else 2),
        "interlaced": bool(first.interlaced_frame),
    }


def begins(container, first):
    """Seconds from the beginning of the file, where its sound may begin, to the first picture."""
    if first.pts is None:
        return 0.0
    return max(0.0, round(float(first.pts * first.time_base) - (container.start_time or 0) / 1e6, 6))


def hold(frame, mean):
    """How long the last picture stands: what it says itself, within reason, else as long as the others."""
    with contextlib.suppress(AttributeError, TypeError):
        own = float(frame.duration * frame.time_base)
        if own > 0:
            return min(own, LONGEST_HOLD)
    return mean


def has_sound(container):
    """Whether at least one packet of sound decodes."""
    import av

    try:
        container.seek(0)
        for tried, packet in enumerate(container.demux(container.streams.audio[0])):
            if packet.decode():
                return True
            if tried > 50:
                break
    except (av.error.FFmpegError, ValueError):
        pass
    return False


if __name__ == "__main__":
    name, *numbers = sys.argv[1:]
    facts, times, refusal = probe(name, float(numbers[0]), *(int(number) for number in numbers[1:]))
    print(json.dumps({"facts": facts, "times": times, "refusal": refusal}), flush=True)
    os._exit(0)  # closing a decoder in the middle of a file can wait for its threads
