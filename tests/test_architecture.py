"""The house holds: who may import whom, what is pure, what every view says about itself."""

import ast
import functools
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ("events", "sessions", "raffle", "cocreation")
PURE = (
    "events/text.py",
    "events/together.py",
    "sessions/agenda.py",
    "sessions/ical.py",
    "sessions/schedule_export.py",
    "sessions/wall_clock.py",
    "raffle/protocol.py",
    "raffle/phrases.py",
    "raffle/plan.py",
    "raffle/rules.py",
    "raffle/kinds.py",
    "raffle/limits.py",
    "raffle/catalogue.py",
    "raffle/nicknames.py",
    "raffle/numerals.py",
    "raffle/verify.py",
    "raffle/recompute.py",
    "cocreation/acceptance.py",
    "cocreation/matching.py",
    "cocreation/media/picture.py",
    "cocreation/beats.py",
    "cocreation/synthesis.py",
    "cocreation/rendering/recipe.py",
    *(f"cocreation/timeline_export/{name}.py" for name in ("naming", "otio", "edl", "fcpxml", "returning")),
    *(f"cocreation/planner/{name}.py" for name in ("values", "ordering", "timing", "planning", "spans")),
)
# Whoever imports a module runs the packages that it lies in.
PACKAGES = sorted({str(above / "__init__.py") for name in PURE for above in Path(name).parents if above.name})
# What a pure module may import, besides other pure ones: what computes, and nothing that knows the time, a file, a
# network, chance or the machine. `io` is bytes in memory; of mixed modules the harmless half is named.
COMPUTING = {
    *("__future__", "abc", "bisect", "collections", "copy", "dataclasses", "datetime", "decimal", "enum", "fractions"),
    *("functools", "hashlib", "heapq", "io", "itertools", "json", "math", "operator", "re", "statistics", "string"),
    *("struct", "textwrap", "threading", "typing", "unicodedata", "uuid", "wave", "xml.etree", "zipfile", "zoneinfo"),
    *("pathlib.PurePath", "pathlib.PurePosixPath", "urllib.parse"),
    *("icalendar", "numpy", "opentimelineio", "pydantic", "regex"),
}
# These are programs, too: verify.py's `main` reads the file that it was given and the clock, its last line the
# arguments; recompute.py's last lines read file and arguments.
AT_THE_EDGE = {"raffle/verify.py": {"sys", "time"}, "raffle/recompute.py": {"sys"}}
# What the allowed ones can do all the same, by the end of the call.
IMPURE_CALLS = {
    *("now", "today", "utcnow", "uuid1", "uuid4", "read_from_file", "write_to_file", "fromfile", "tofile", "sleep"),
    *("input", "eval", "exec", "__import__", "breakpoint", "io.open", "open", "default_rng"),
}


@functools.cache
def module_file(name):
    """The file of a module of the house, from the root, or None: also for a name that is taken from it."""
    while name:
        for path in (ROOT / (name.replace(".", "/") + ".py"), ROOT / name.replace(".", "/") / "__init__.py"):
            if path.exists():
                return str(path.relative_to(ROOT))
        name = name.rpartition(".")[0]
    return None


@functools.cache
def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def imports_of(path):
    """Everything that a file imports, also inside functions, absolute: `package.module.name` for what it takes by name."""
    return tuple(_imports_of(path))


def _imports_of(path):
    above = path.relative_to(ROOT).parts[:-1]
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = above[: len(above) - node.level + 1] if node.level else ()
            module = ".".join([*start, *([node.module] if node.module else [])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


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


def impurities(name):
    """What a file imports or calls that a pure one may not."""
    tree = tree_of(ROOT / name)
    allowed = COMPUTING | AT_THE_EDGE.get(name, set())
    for imported in imports_of(ROOT / name):
        if imported.split(".")[0] in (*APPS, "config", "tests"):
            if module_file(imported) not in {*PURE, *PACKAGES}:
                yield imported
        elif not any(f"{imported}.".startswith(f"{module}.") for module in allowed):
            yield imported
    edge = {child for node in tree.body if name in AT_THE_EDGE and is_edge(node) for child in ast.walk(node)}
    for node in ast.walk(tree):
        if node in edge:
            continue
        if isinstance(node, ast.Call) and is_impure(node):
            yield ast.unparse(node)
        if isinstance(node, ast.Name) and node.id in AT_THE_EDGE.get(name, ()):
            yield node.id


def is_edge(node):
    """`main`, or the lines that run when the file is started as a program."""
    return getattr(node, "name", None) == "main" or (isinstance(node, ast.If) and "__name__" in ast.unparse(node.test))


def is_impure(call):
    """Whether a call asks for the clock, chance or a file. Seeded numbers and what is opened inside bytes are none."""
    called = ast.unparse(call.func)
    if called.endswith(".default_rng"):
        return not call.args
    if re.fullmatch(r"(np|numpy)\.random\.\w+", called):
        return True
    return called in IMPURE_CALLS or ("." in called and called.rpartition(".")[2] in IMPURE_CALLS - {"open"})


@pytest.mark.parametrize("name", [*PURE, *PACKAGES])
def test_what_must_be_provable_is_pure(name):
    assert list(impurities(name)) == []


def test_whatever_says_that_it_is_pure_is_held_to_it():
    says = {
        str(path.relative_to(ROOT))
        for app in APPS
        for path in files_of(app)
        if re.search(r"\bPURE\b(?! but)", ast.get_docstring(tree_of(path)) or "")
    }
    assert says - {*PURE, *PACKAGES} == set()


TO_THE_RIGHT = {"views", "admin", "urls", "management"}
OF_PAGES = TO_THE_RIGHT | {"tasks", "templatetags", "forms", "offers"}


@pytest.mark.parametrize("app", APPS)
def test_a_module_uses_what_stands_to_its_left(app):
    """Models know nothing of tasks and pages; nobody but those beside them imports views, admin and commands."""
    guilty = []
    for path in files_of(app):
        room = path.relative_to(ROOT / app).with_suffix("").parts[0]
        forbidden = OF_PAGES if room == "models" else set() if room in TO_THE_RIGHT else TO_THE_RIGHT
        for name in imports_of(path):
            words = name.split(".")
            if words[0] in APPS and forbidden.intersection(words[1:2]):
                guilty.append(f"{path.relative_to(ROOT)}: {name}")
    assert guilty == []


# The doors of `events`: the modules that the apps which stand on it may import. docs/decisions/doors.md says why each.
DOORS = {
    *("models", "access", "live"),
    *("addresses", "admin_scope", "admission", "append_only", "cloning", "composed", "context", "db", "fonts"),
    *("forgetting", "importing", "jobs", "mailing", "passes", "pictures", "qr", "scenes", "slots", "standing"),
    *("templatetags.house", "text", "tickets", "ticking"),
}
# What `config` opens besides: it starts the hub and writes the demo.
DOORS_OF_CONFIG = {"cards", "live.hub", "pace", "seating"}


def opened_by(*apps):
    """The modules of events that these apps import; its models are one door."""
    found = {
        module_file(name).removeprefix("events/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for app in apps
        for path in files_of(app)
        for name in imports_of(path)
        if name.split(".")[0] == "events"
    }
    return {"models" if name.startswith("models.") else name for name in found}


def test_others_come_into_events_through_its_doors():
    assert opened_by("sessions", "raffle", "cocreation") == DOORS
    assert opened_by("config") - DOORS == DOORS_OF_CONFIG


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
    tree = tree_of(ROOT / "raffle/host.py")
    assert "openai" not in {name for node in tree.body for name in _names(node)}


def _names(node):
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) else []


@pytest.mark.parametrize("app", (*APPS, "config"))
def test_rooms_have_names_that_say_what_is_in_them(app):
    empty = {"utils", "helpers", "manager", "handler", "service", "misc", "common", "data"}
    assert [path.name for path in files_of(app) if path.stem in empty] == []
