"""The scenes of the stage: each app offers its own; the host's remote lists them all."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Scene:
    """One picture for the big screen. `draw(event, request, params)` returns (template, context)."""

    key: str
    title: str
    icon: str
    order: int
    draw: Callable


_scenes: dict[str, Scene] = {}


def offer(key: str, *, title, icon: str = "stage", order: int = 50):
    """Register a scene under its key."""

    def decorate(function):
        _scenes[key] = Scene(key, title, icon, order, function)
        return function

    return decorate


def every() -> list[Scene]:
    """All scenes in running order."""
    return sorted(_scenes.values(), key=lambda scene: (scene.order, scene.key))


def get(key: str) -> Scene:
    """The scene with this key; the welcome scene for a key that no longer exists."""
    return _scenes.get(key) or _scenes["welcome"]
