"""The house holds: who may import whom, what is pure, what every view says about itself."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ("events", "sessions", "raffle", "cocreation")
PURE = (
    "events/text.py",
    "sessions/ical.py",
    "sessions/schedule_export.py",
    "sessions/wall_clock.py",
    "raffle/protocol.py",
    "raffle/phrases.py",
    "raffle/rules.py",
    "raffle/limits.py",
    "raffle/catalogue.py",
    "raffle/numerals.py",
    "raffle/verify.py",
    "cocreation/acceptance.py",
    "cocreation/media/picture.py",
    "cocreation/beats.py",
    "cocreation/synthesis.py",
    "cocreation/rendering/recipe.py",
    *(f"cocreation/timeline_export/{name}.py" for name in ("naming", "otio", "edl", "fcpxml", "returning")),
    *(f"cocreation/planner/{name}.py" for name in ("__init__", "values", "ordering", "timing", "planning", "spans")),
)
IMPURE = {"django", "celery", "random", "socket", "requests", "httpx", "openai", "redis", "subprocess", "config"}


def imports_of(path):
    """Every module that a file imports, also inside functions, absolute."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def files_of(app):
    return [path for path in sorted((ROOT / app).rglob("*.py")) if "migrations" not in path.parts]


@pytest.mark.parametrize("app", APPS)
def test_no_app_imports_the_composition_root(app):
    guilty = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in files_of(app)
        for name in imports_of(path)
        if name.split(".")[0] == "config"
    ]
    assert guilty == []


@pytest.mark.parametrize("app", APPS)
def test_siblings_do_not_import_each_other_and_events_imports_none(app):
    others = set(APPS) - {app} - ({"events"} if app != "events" else set())
    guilty = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in files_of(app)
        for name in imports_of(path)
        if name.split(".")[0] in others
    ]
    assert guilty == []


@pytest.mark.parametrize("name", PURE)
def test_what_must_be_provable_is_pure(name):
    guilty = [module for module in imports_of(ROOT / name) if module.split(".")[0] in IMPURE]
    assert guilty == []


def test_one_module_talks_to_the_language_model():
    talkers = {
        str(path.relative_to(ROOT))
        for app in (*APPS, "config")
        for path in files_of(app)
        for name in imports_of(path)
        if name.split(".")[0] == "openai"
    }
    assert talkers <= {"raffle/host.py"}


def test_openai_is_imported_inside_a_function():
    tree = ast.parse((ROOT / "raffle/host.py").read_text(encoding="utf-8"))
    assert "openai" not in {name for node in tree.body for name in _names(node)}


def _names(node):
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) else []


@pytest.mark.parametrize("app", (*APPS, "config"))
def test_rooms_have_names_that_say_what_is_in_them(app):
    empty = {"utils", "helpers", "manager", "handler", "service", "misc", "common"}
    assert [path.name for path in files_of(app) if path.stem in empty] == []
