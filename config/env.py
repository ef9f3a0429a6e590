"""The typed environment: every variable that the product reads is declared here, once, with its meaning.

`DECLARED` feeds the table in the README; a test holds the two together, names, defaults and meanings.
"""

import os
import re
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


@dataclass(frozen=True)
class Variable:
    """One environment variable: its name, the default as it is printed, and what it is for."""

    name: str
    default: str
    meaning: str


DECLARED: dict[str, Variable] = {}


def _read(name: str, default: str, meaning: str) -> str | None:
    DECLARED.setdefault(name, Variable(name, default, meaning))
    value = os.environ.get(name)
    return None if value is None else value.strip()


def text(name: str, default: str = "", *, meaning: str) -> str:
    """The variable as text."""
    value = _read(name, default, meaning)
    return default if value is None else value


def flag(name: str, default: bool = False, *, meaning: str) -> bool:
    """The variable as a truth value: 1/true/yes/on or 0/false/no/off."""
    value = _read(name, "1" if default else "0", meaning)
    if value is None:
        return default
    if value.lower() in TRUE | FALSE:
        return value.lower() in TRUE
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")


def number(name: str, default: int, *, meaning: str) -> int:
    """The variable as a whole number."""
    value = _read(name, str(default), meaning)
    if not value:
        return default
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from None


def words(name: str, default: str = "", *, meaning: str) -> list[str]:
    """The variable as a list, separated by commas."""
    return [word.strip() for word in text(name, default, meaning=meaning).split(",") if word.strip()]


def prices(name: str, default: str = "", *, meaning: str) -> dict[str, tuple[Decimal, Decimal]]:
    """`model=in/out, …` as a dictionary of model to the prices of a million tokens."""
    found = {}
    for entry in words(name, default, meaning=meaning):
        match = re.fullmatch(r"(.+)=(\d+(?:\.\d+)?)/(\d+(?:\.\d+)?)", entry)
        if match is None:
            raise ImproperlyConfigured(f"{name} must look like model=0.15/0.60, not {entry!r}.")
        found[match[1]] = (Decimal(match[2]), Decimal(match[3]))
    return found


def url(name: str, default: str = "", *, schemes: tuple[str, ...], meaning: str) -> str:
    """The variable as a URL with one of these schemes, or empty."""
    value = text(name, default, meaning=meaning)
    if value and urlsplit(value).scheme not in schemes:
        raise ImproperlyConfigured(f"{name} must begin with {' or '.join(s + '://' for s in schemes)}.")
    return value


def secret(name: str, *, required: bool, meaning: str) -> str:
    """A secret from the environment, or from the file that NAME_FILE points to; never printed."""
    value = _read(name, "", meaning + f" May be given as a file: `{name}_FILE`.") or ""
    path = os.environ.get(f"{name}_FILE")
    if not value and path:
        with open(path, encoding="utf-8") as file:
            value = file.read().strip()
    if required and not value:
        raise ImproperlyConfigured(f"{name} must be set: {meaning}")
    return value
