"""Slots: how an app puts something onto a page of another app without either importing the other.

A page names a slot (`{% slot "event_page_main" %}`, `slots.collect("needs", …)`); an app offers to it from the
module that its `AppConfig.ready()` imports.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Piece:
    """A piece of a page: a template and its context; `for_all` when nothing else is needed to draw it."""

    template: str
    context: dict[str, Any] = field(default_factory=dict)
    for_all: bool = False


@dataclass(frozen=True)
class Need:
    """Something that needs a person now: what, what happens if not, whose it is, one button.

    `level` is "bad", "warn" or "info"; `cost` orders the list (higher is more urgent); a `method` of "post" makes the
    button a form.
    """

    level: str
    icon: str
    title: str
    detail: str
    url: str
    label: str
    owner: str = ""
    method: str = "get"
    cost: int = 0


@dataclass(frozen=True)
class Action:
    """A row on the phone: the next thing that a person can do."""

    icon: str
    title: str
    detail: str
    url: str
    urgent: bool = False
    order: int = 50


@dataclass(frozen=True)
class Cue:
    """What the host says next, in one line, and how the names in it are pronounced."""

    line: str
    names: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Mark:
    """A moment on the dashboard's line of the day; `done` when it is past."""

    at: datetime
    title: str
    done: bool = False


_offers: dict[str, list[tuple[int, str, Callable]]] = {}


def offer(slot: str, *, order: int = 50):
    """Register `function(event, request, at)` for a slot; it returns one thing, a list of things, or None."""

    def decorate(function):
        row = (order, f"{function.__module__}.{function.__qualname__}", function)
        rows = _offers.setdefault(slot, [])
        if row[1] not in {name for _, name, _ in rows}:
            rows.append(row)
            rows.sort(key=lambda entry: entry[:2])
        return function

    return decorate


def collect(slot: str, event, request, at) -> list:
    """Everything that the apps offer to the slot, in order."""
    found: list = []
    for _order, _name, function in _offers.get(slot, []):
        result = function(event, request, at)
        if result is None:
            continue
        found.extend(result if isinstance(result, list) else [result])
    return found
