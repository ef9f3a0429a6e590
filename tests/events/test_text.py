"""What people write: cleaned once, counted as a reader counts."""

import pytest

from events.text import clean_text, graphemes, initial, sentences, shorten


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  林小满 ", "林小满"),
        ("a\u202eb\u2066c", "abc"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("tag\U000e0041\U000e0042", "tag"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("x\u200dy", "xy"),
        ("e\u0301", "é"),
        ("\u3164\u115f\u2800", ""),
        ("two\n\nlines", "two lines"),
        ("a\x00b", "ab"),
        ("<b>{{ x }}</b>", "<b>{{ x }}</b>"),
        ("全角　空格", "全角 空格"),
        ("\u0301", ""),
    ],
)
def test_names_are_cleaned(given, kept):
    assert clean_text(given) == kept


def test_lines_stay_where_lines_are_meant():
    assert clean_text("a\r\nb\n\n\n\nc", lines=True) == "a\nb\n\nc"


def test_a_family_is_one_character():
    assert len(graphemes("👨\u200d👩\u200d👧" * 12)) == 12
    assert shorten("一二三四五", 3) == "一二…"


@pytest.mark.parametrize(("name", "letter"), [("林小满", "满"), ("Kevin周", "K"), ("leo", "L"), ("", "·")])
def test_a_window_shows_one_letter(name, letter):
    assert initial(name) == letter


def test_no_space_stands_after_a_full_stop_that_brings_its_own_room():
    assert (
        sentences("圆桌还剩 33 分钟。", "", "然后 18:49：茶歇。", "手机静音")
        == "圆桌还剩 33 分钟。然后 18:49：茶歇。手机静音"
    )
    assert sentences("Panel has 33 minutes left.", "Then, at 18:49: a break.") == (
        "Panel has 33 minutes left. Then, at 18:49: a break."
    )
