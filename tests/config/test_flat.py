"""Stylesheets without layers, for engines that know none."""

import re

import pytest

from config.flat import FOLDER, flatten

SHEET = """
@layer weak, strong; /* } the order */
@layer strong { .a { color: red; } @media print { .a { color: black; } } }
.b::after { content: "@layer x { \\" }"; }
@layer weak { /* a brace: } */ .a { background: url("data:,{"); } }
"""


def test_rules_stand_in_the_order_of_their_layers_and_free_ones_last():
    assert [line.strip() for line in flatten(SHEET).splitlines()] == [
        '/* a brace: } */ .a { background: url("data:,{"); }',
        ".a { color: red; } @media print { .a { color: black; } }",
        '.b::after { content: "@layer x { \\" }"; }',
    ]


def test_every_sheet_of_ours_loses_its_layers_and_no_rule():
    for path in FOLDER.glob("*.css"):
        css = path.read_text()
        flat = flatten(css)
        blocks = len(re.findall(r"@layer[^{;]+\{", css))
        assert "@layer" not in flat and flat.count("{") == css.count("{") - blocks, path.name
        assert flat.count("{") == flat.count("}"), path.name


@pytest.mark.parametrize("of", ["", "nextstop,", "../settings", "nextstop,nextstop", "unknown"])
def test_only_our_own_sheets_are_given(visitor, db, of):
    assert visitor.get("/-/flat.css", {"of": of}).status_code == 404


def test_a_page_names_its_sheets_and_gets_them_flat(visitor, db):
    answer = visitor.get("/-/flat.css?of=nextstop,attend")

    assert answer["Content-Type"] == "text/css; charset=utf-8" and "@layer" not in answer.content.decode()
