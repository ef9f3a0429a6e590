"""Names on the flaps of the board: what is written stays on its flap, and two cut names can be told apart."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="no node on this machine")
FLAP = {"width": 112, "height": 62, "size": 34, "least": 18}  # of 130 names, at 1920 x 1080
TINY = {"width": 24, "height": 9, "size": 7, "least": 7}  # of 3,000
SCRIPT = """
import { written } from "./static/js/raffle/names.js";
const wide = (text) => [...text].reduce((sum, c) => sum + (c.codePointAt(0) > 0x2e80 ? 1 : 0.55), 0);
const asked = JSON.parse(process.argv[1]);
console.log(JSON.stringify(asked.map(([name, box]) => written(name, { ...box, number: "0052", wide }))));
"""
NAMES = [
    "王小满",
    "欧阳娜娜",
    "Christopher",
    "一二三四五六七八九十一二",
    "Maximilian Featherstonehaugh",
    "W" * 40,
    "👩‍👩‍👧" * 30,
]


def written(*asked):
    command = [NODE, "--input-type=module", "-e", SCRIPT, json.dumps(asked)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def wide(text):
    return sum(1 if ord(c) > 0x2E80 else 0.55 for c in text)


def test_nothing_runs_out_of_its_flap():
    boxes = [FLAP, TINY]
    for (name, box), found in zip(pairs := [[n, b] for n in NAMES for b in boxes], written(*pairs), strict=True):
        assert len(found["lines"]) * found["size"] <= box["height"], (name, found)
        assert all(wide(line) * found["size"] <= box["width"] + 0.01 for line in found["lines"]), (name, found)


def test_a_long_name_shrinks_then_takes_two_lines_then_is_cut_above_its_number():
    short, shrunk, two, cut = written(*[[name, FLAP] for name in ("王小满", "Christopher", NAMES[3], NAMES[4])])

    assert short == {"size": 34, "lines": ["王小满"]}
    assert shrunk["lines"] == ["Christopher"] and 18 <= shrunk["size"] < 34
    assert two["lines"] == ["一二三四五六", "七八九十一二"] and two["size"] >= 18
    assert cut["lines"][0].endswith("…") and cut["lines"][0][:-1] == NAMES[4][: len(cut["lines"][0]) - 1]
    assert cut["lines"][1] == "0052"


def test_a_letter_of_several_signs_is_never_cut_in_two():
    (found,) = written([NAMES[6], FLAP])

    assert set(found["lines"][0].removesuffix("…").split("👩‍👩‍👧")) == {""}
