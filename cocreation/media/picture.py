"""How the picture of a shot becomes an ordinary one: square pixels, upright, bt709, 8 bit, on black. PURE."""

BT709, UNKNOWN = 1, 2
NAMES = {1: "bt709", 4: "fcc", 5: "bt601", 6: "bt601", 7: "smpte240m", 9: "bt2020", 10: "bt2020"}
TRANSFERS = {"pq": "smpte2084", "hlg": "arib-std-b67"}
HD_LINES = 720  # untagged pictures: bt709 from here up, bt601 below
OUT = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"]


def even(number) -> int:
    """The nearest even number that is at least 2."""
    return max(2, 2 * round(number / 2))


def fitting(width, height, most_width, most_height) -> tuple[int, int]:
    """The even size into which the picture grows or shrinks so that it fits, its shape kept."""
    factor = min(most_width / width, most_height / height)
    return even(width * factor), even(height * factor)


def chain(facts, width=None, height=None, *, still=False) -> str:
    """Filters from what the prober found to yuv420p bt709 at this size (or at its own). ffmpeg turns it upright.

    A `still` ends as JPEG means it: bt601, all 256 levels.
    """
    width, height = width or facts["width"], height or facts["height"]
    steps = ["bwdif=deint=interlaced"] if facts.get("interlaced") else []
    if facts.get("alpha"):
        steps += ["format=gbrap", "premultiply=inplace=1", "format=gbrp"]
    size = f"scale={width}:{height}:flags=lanczos+accurate_rnd"
    if facts.get("hdr"):
        steps += [
            f"zscale=tin={TRANSFERS[facts['hdr']]}:pin=bt2020:min=bt2020nc:t=linear:npl=203",
            "format=gbrpf32le",
            "zscale=p=bt709",
            "tonemap=mobius:desat=0",
            "zscale=t=bt709:m=bt709:r=tv",
            "format=yuv420p",
        ]
    source = "bt709" if facts.get("hdr") else matrix(facts)
    wanted = "bt601:out_range=pc" if still else "bt709:out_range=tv"
    steps.append(f"{size}:in_color_matrix={source}:out_color_matrix={wanted}")
    return ",".join([*steps, "setsar=1", "format=yuvj420p" if still else "format=yuv420p"])


def matrix(facts) -> str:
    """The colour matrix of the picture, named where the file does not."""
    said = facts.get("matrix", UNKNOWN)
    if said in NAMES:
        return NAMES[said]
    return "bt709" if (facts.get("stored") or [0, facts.get("height", 0)])[1] >= HD_LINES else "bt601"
