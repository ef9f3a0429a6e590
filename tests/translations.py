"""`python -m tests.translations`: every string of the product has its Chinese words, with the same placeholders.

Exit status 1 names those without.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
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


def dropped(entry) -> set[str]:
    """The placeholders of the last form of a string that its Chinese words leave out, or have and the string has not.

    Chinese has one form: it must serve every number, so it needs what the plural has.
    """
    said = entry.msgid_plural or entry.msgid
    chinese = entry.msgstr_plural.get(0, "") if entry.msgid_plural else entry.msgstr
    return set(PLACEHOLDER.findall(said)) ^ set(PLACEHOLDER.findall(chinese))


def main() -> int:
    catalogue = fresh()
    missing = [entry for entry in catalogue if not entry.translated() or entry.fuzzy]
    wrong = [entry for entry in catalogue if entry not in missing and dropped(entry)]
    for entry in missing:
        where = ", ".join(f"{path}:{line}" for path, line in entry.occurrences[:2])
        print(f"untranslated: {entry.msgid!r} ({where})")
    print(f"{len(missing)} strings without a translation")
    for entry in wrong:
        print(f"other placeholders: {entry.msgid!r}: {', '.join(sorted(dropped(entry)))}")
    return 1 if missing or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
