"""`python -m tests.translations`: every string of the product has its Chinese words. Exit status 1 names those without."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = Path("locale/zh_Hans/LC_MESSAGES/django.po")


def fresh() -> polib.POFile:
    """The catalogue as `makemessages` would write it now, made in a copy of the tree."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", ".venv", ".tools", "var", "node_modules"))
        command = [
            sys.executable,
            "manage.py",
            "makemessages",
            "-l",
            "zh_Hans",
            "--no-obsolete",
            "--no-wrap",
            "-i",
            "tests",
        ]
        subprocess.run([*command, "-v0"], cwd=copy, check=True)
        return polib.pofile(str(copy / CATALOGUE))


def main() -> int:
    missing = [entry for entry in fresh() if not entry.translated() or entry.fuzzy]
    for entry in missing:
        where = ", ".join(f"{path}:{line}" for path, line in entry.occurrences[:2])
        print(f"untranslated: {entry.msgid!r} ({where})")
    print(f"{len(missing)} strings without a translation")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
