"""The offline reader alone reads what hosts say, and asks back rather than guess."""

from raffle import limits, phrases, rules
from raffle.plan import Plan, Refused
from tests.raffle.sentences import (
    CATALOGUE,
    CONTRARY,
    EXACTLY,
    EXACTLY_LATER,
    FOUND,
    FOUND_LATER,
    HELD_OUT,
    HELD_OUT_LATER,
    HOSTS,
    HOSTS_LATER,
    KINDS,
    TUNED,
)

DEFAULTS = Plan(action="undecided").model_dump()


def reading(sentence, catalogue=CATALOGUE):
    try:
        return rules.read(sentence, catalogue).model_dump()
    except Refused as refused:
        return str(refused)


def expected(fields):
    return fields if isinstance(fields, str) else DEFAULTS | fields


def score(table):
    """`(right, wrong)`: how many are read as expected, and the others."""
    wrong = [
        (sentence, reading(sentence), fields) for sentence, fields in table if reading(sentence) != expected(fields)
    ]
    return len(table) - len(wrong), wrong


def guesses(wrong):
    """Misreadings that would do something, where a person would have done another thing or asked."""
    harmless = ("explain", "undecided")
    return [row for row in wrong if row[1] != "person" and row[1]["action"] not in harmless]


def test_the_offline_reader_reads_nine_of_ten_sentences(record_property, capsys):
    table = TUNED + HELD_OUT
    right, wrong = score(table)
    held_right, held_wrong = score(HELD_OUT)
    with capsys.disabled():
        print(
            f"\noffline reader: {right} of {len(table)} sentences ({right / len(table):.1%}), "
            f"held out {held_right} of {len(HELD_OUT)} ({held_right / len(HELD_OUT):.1%}), "
            f"{len(guesses(wrong))} guessed wrong"
        )
    assert right >= 0.9 * len(table), wrong
    assert held_right >= 0.9 * len(HELD_OUT), held_wrong


def test_it_asks_back_rather_than_guess():
    _right, wrong = score(TUNED + HELD_OUT)

    assert guesses(wrong) == []


def test_what_is_left_out_taken_away_or_ruled_out_is_never_read_as_its_opposite():
    _right, wrong = score(CONTRARY)
    later_right, later_wrong = score(HELD_OUT_LATER)

    assert wrong == []
    assert guesses(later_wrong) == []
    assert later_right >= 0.9 * len(HELD_OUT_LATER), later_wrong


def test_no_more_and_no_less_is_read_than_is_said():
    _right, wrong = score(EXACTLY)
    later_right, later_wrong = score(EXACTLY_LATER)

    assert wrong == []
    assert guesses(later_wrong) == []
    assert later_right >= 0.85 * len(EXACTLY_LATER), later_wrong


def test_who_is_left_out_who_is_meant_and_how_many_are_never_lost():
    _right, wrong = score(FOUND)
    later_right, later_wrong = score(FOUND_LATER)

    assert wrong == []
    assert guesses(later_wrong) == []
    assert later_right >= 0.85 * len(FOUND_LATER), later_wrong


def test_other_words_for_the_room_are_drawn_from_and_whom_an_eye_would_choose_is_asked_back():
    _right, wrong = score(HOSTS)
    later_right, later_wrong = score(HOSTS_LATER)

    assert wrong == []
    assert guesses(later_wrong) == []
    assert later_right >= 0.8 * len(HOSTS_LATER), later_wrong


def test_of_all_sentences_that_were_written_before_the_reader_ran_nine_in_ten_are_right():
    held_out = HELD_OUT_LATER + EXACTLY_LATER + FOUND_LATER + HOSTS_LATER
    right, wrong = score(held_out)

    assert right >= 0.9 * len(held_out), wrong
    assert guesses(wrong) == []


def test_no_sentence_stands_in_the_rules():
    import inspect

    source = "".join(inspect.getsource(module) for module in (rules, phrases, limits))

    assert [
        sentence
        for sentence, _fields in TUNED + HELD_OUT + EXACTLY + FOUND + HOSTS
        if len(sentence) > 10 and sentence in source
    ] == []


def test_a_new_prize_is_of_the_kind_that_was_said_and_its_name_says_no_more():
    _right, wrong = score(KINDS)

    assert wrong == []
