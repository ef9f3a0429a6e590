"""The scenes of the stage: each app offers its own; the host's remote lists them all."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Scene:
    """One picture for the big screen. `draw(event, request, params)` returns (template, context).

    `says(event, at)` returns the biggest words of it, for the host's remote and for the phones; "" where it has none.
    `page` is the URL name at which a phone takes part in it; "" for the page of the day.
    """

    key: str
    title: str
    icon: str
    order: int
    draw: Callable
    says: Callable
    page: str = ""


_scenes: dict[str, Scene] = {}


def offer(key: str, *, title, icon: str = "stage", order: int = 50, says: Callable = lambda event, at: "", page=""):
    """Register a scene under its key."""

    def decorate(function):
        _scenes[key] = Scene(key, title, icon, order, function, says, page)
        return function

    return decorate


def every() -> list[Scene]:
    """All scenes in running order."""
    return sorted(_scenes.values(), key=lambda scene: (scene.order, scene.key))


def get(key: str) -> Scene:
    """The scene with this key; the welcome scene for a key that no longer exists."""
    return _scenes.get(key) or _scenes["welcome"]
