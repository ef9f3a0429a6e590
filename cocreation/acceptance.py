"""Whether what was found in a file can be a shot of a challenge. PURE."""

SMALLEST = 128  # pixels on the short side
SHORT_BY, LONG_BY = 0.05, 0.5  # seconds that are forgiven
LOOKED = 5  # seconds beyond the limit that are looked at: of what goes on after them nobody knows how long it is
FILM = (1920, 1080)


def refusal(facts, found, *, least, most, shape="any"):
    """The reason why these facts are no shot, as a code with its numbers, or None. `found` is the prober's own."""
    if found:
        return found
    seconds, width, height = facts["seconds"], facts["width"], facts["height"]
    numbers = {"seconds": seconds, "width": width, "height": height}
    if facts["frames"] < 2:
        return {"code": "still"}
    if seconds < least - SHORT_BY:
        return {"code": "too_short", "least": least, **numbers}
    if seconds >= most + LOOKED:
        return {"code": "far_too_long", "most": most, **numbers, "seconds": most + LOOKED}
    if seconds > most + LONG_BY:
        return {"code": "too_long", "most": most, **numbers}
    if min(width, height) < SMALLEST:
        return {"code": "too_small", "least": SMALLEST, **numbers}
    if shape == "landscape" and width < height:
        return {"code": "not_landscape", **numbers}
    if shape == "portrait" and height < width:
        return {"code": "not_portrait", **numbers}
    return None


def wants_upscaling(facts) -> bool:
    """Whether the film would have to enlarge this picture: those of 1080 lines and more stay as they are."""
    if not facts.get("width") or min(facts["width"], facts["height"]) >= FILM[1]:
        return False
    return min(FILM[0] / facts["width"], FILM[1] / facts["height"]) > 1.01
