"""What the tests take from the shell, settled before Django reads it: pyproject.toml names this as a plugin.

A shell that is set up for production must not bend the tests, send their mails or pay for them: what the product reads
is left outside. The servers come in where both are named: one alone belongs to something else on this machine.
"""

import os
import re
from pathlib import Path

README = Path(__file__).resolve().parent.parent / "README.md"  # its table is complete: tests/config/test_settings.py
STAYS = {"VAR_DIR", "LOG_LEVEL"}
SERVERS = {"DATABASE_URL", "REDIS_URL"}
ALSO_READ = {"HOST", "PORT", "DJANGO_SETTINGS_MODULE"}
OF_LIBRARIES = ("CELERY_", "OPENAI_", "AWS_")


def foreign(environment) -> set[str]:
    """The names of what the shell has set and no test may see."""
    declared = set(re.findall(r"^\| `([A-Z0-9_]+)`", README.read_text(encoding="utf-8"), re.MULTILINE))
    declared |= {f"{name}_FILE" for name in declared} | ALSO_READ
    stays = STAYS | (SERVERS | {"SECRET_KEY"} if all(environment.get(name) for name in SERVERS) else set())
    return {name for name in environment if name in declared - stays or name.startswith(OF_LIBRARIES)}


LEFT_OUTSIDE = foreign(os.environ)
for _name in LEFT_OUTSIDE:
    del os.environ[_name]
if all(os.environ.get(name) for name in SERVERS):
    os.environ.setdefault(
        "SECRET_KEY", "of-the-tests-alone-" * 3
    )  # where a DATABASE_URL is set the product asks for one


def pytest_terminal_summary(terminalreporter):
    """Nobody must believe that the tests ran on servers which they left alone."""
    if alone := sorted(SERVERS & LEFT_OUTSIDE):
        terminalreporter.write_line(
            f"not used: this shell's {alone[0]}; the tests take DATABASE_URL and REDIS_URL, both or none", yellow=True
        )
