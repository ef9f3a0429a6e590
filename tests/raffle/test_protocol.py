"""raffle/1: the worked examples of the specification, and what must hold for any input."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raffle import protocol, verify

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text(encoding="utf-8"))
P = VECTORS["primitives"]
hexes = st.binary(min_size=16, max_size=16).map(bytes.hex)


def test_the_primitives_are_those_of_the_examples():
    event_id = bytes.fromhex(VECTORS["event_id"])
    items = [protocol.sha(bytes([i])) for i in range(8)]

    assert protocol.entrant_id(event_id, bytes.fromhex(P["entrant_id"]["ticket_secret"])) == P["entrant_id"]["eid"]
    assert protocol.text_nonce(P["text_nonce"]["text"]) == P["text_nonce"]["nonce"]
    assert protocol.canonical(P["canonical_json"]["value"]).hex() == P["canonical_json"]["utf8_hex"]
    for row in P["merkle"]:
        assert protocol.merkle([protocol.sha(b"\0" + item) for item in items[: row["n"]]]) == row["root"]
    ticket = P["ticket"]
    assert protocol.ticket(bytes.fromhex(ticket["seed"]), ticket["eid"], 1).hex() == ticket["w1"]
    assert protocol.ticket(bytes.fromhex(ticket["seed"]), ticket["eid"], 3).hex() == ticket["w3"]


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_the_worked_examples_verify_and_end_in_their_head(case):
    _lines, head = verify.verify(case["proof"])

    assert head == case["head"]


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_seed_and_order_come_out_as_in_the_examples(case):
    log, pools, crowds = case["proof"]["log"], case["proof"]["pools"], case["proof"]["crowds"]
    for number, expected in enumerate(case["expected"], 1):
        opened = next(row for row in log if row["type"] == "open" and row["body"]["draw"] == number)
        frozen = next(row for row in log if row["type"] == "freeze" and row["body"]["draw"] == number)
        secret = bytes.fromhex(frozen["body"]["secret"]) if frozen["body"]["secret"] else None
        root = protocol.crowd_root(crowds[str(number)])

        seed = protocol.seed(protocol.record_hash(opened), root, secret, None, opened["body"]["delay"])
        order = protocol.order(seed, [tuple(line) for line in pools[str(number)]])

        assert seed.hex() == expected["seed"]
        assert order[: len(expected["order"])] == expected["order"]


@given(st.sets(hexes, min_size=1, max_size=40), st.binary(min_size=32, max_size=32), st.data())
def test_taking_one_out_leaves_the_order_of_the_others(eids, seed, data):
    pool = [(eid, 1) for eid in sorted(eids)]
    gone = data.draw(st.sampled_from(sorted(eids)))

    whole = protocol.order(seed, pool)
    without = protocol.order(seed, [line for line in pool if line[0] != gone])

    assert [eid for eid in whole if eid != gone] == without
    assert protocol.top(seed, pool, 3) == whole[:3]


@given(st.sets(hexes, min_size=4, max_size=30), st.binary(min_size=32, max_size=32))
def test_the_film_ends_with_the_winner_and_says_nothing_of_the_second(eids, seed):
    order = protocol.order(seed, [(eid, 1) for eid in sorted(eids)])

    film = protocol.departures(seed, sorted(eids), order[:1])

    assert film[-1] == order[0]
    assert sorted(film) == sorted(eids)
    other = protocol.departures(seed, sorted(eids, reverse=True), order[:1])
    assert film == other
