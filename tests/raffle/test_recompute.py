"""The short script says of a file what the whole check says of it, as far as it looks; what it leaves out, it says."""

import contextlib
import copy
import json
import random
import runpy
import sys

import pytest

from raffle import protocol, verify
from tests.raffle.test_agreement import VECTORS, change, rechain, written
from tests.raffle.test_verify import CASE, FORGERIES, ROOT, body, links

SCRIPT = ROOT / "raffle/recompute.py"


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """The script as somebody runs it, without a process of its own: its exit status and its lines."""

    def run(proof):
        path, status = tmp_path / "proof.json", 0
        path.write_text(json.dumps(proof), encoding="utf-8")
        monkeypatch.setattr(sys, "argv", [str(SCRIPT), str(path)])
        try:
            runpy.run_path(str(SCRIPT), run_name="__main__")
        except SystemExit as end:
            status = end.code
        told = capsys.readouterr()
        assert told.err == ""
        return status, told.out.splitlines()

    return run


def whole(proof):
    """What verify.py says of the same file, None where everything holds."""
    try:
        verify.verify(verify.read(json.dumps(proof)))
    except verify.Broken as broken:
        draw, rule = broken.args
        return f"FAILED {'file' if draw is None else f'draw {draw}'}: {rule}"
    return None


# What the short script leaves to verify.py, as its first lines say: with these it still finds the winners.
LEFT = {
    "result: a frozen draw without one",
    "abort: after the freeze",
    "void: before the time was over",
    "void: unknown reason",
    "void: an override without its reason",
    "void: somebody ineligible without its reason",
    "crowd: a spoken text is not in the list",
}
# What it cannot recompute, and so refuses in fewer words.
FEWER_WORDS = {
    "log: empty",
    "log: does not begin with genesis",
    "an unknown type",
    "open: twice",
    "freeze: without an opening",
    "result: without a freeze",
    "void: without a result",
    "claim: more than there are prizes",
    "void: a rank that is not the next",
}
# A record that was changed before the opening, or the opening itself: another seed, which is what it finds.
ANOTHER_SEED = {
    "log: a second genesis",
    "of another version",
    "open: an attempt before it is missing",
    "open: not well formed",
    "enter: record 1 is not well formed",
}


def forged(rule):
    proof = copy.deepcopy(CASE)
    FORGERIES[rule](proof)
    if proof["log"]:
        links(proof["log"])
    return proof


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_the_worked_examples_come_out_with_their_winners(run, case):
    status, (*draws, last) = run(case["proof"])

    assert (status, last) == (0, f"OK head {case['head'][:8]}")
    for number, (line, expected) in enumerate(zip(draws, case["expected"], strict=True), 1):
        start = f"draw {number}: {len(case['proof']['pools'][str(number)])} entrants, won by: "
        assert line == start + " ".join(expected["winners"])


def test_what_the_protocol_writes_holds(run):
    """Weights, several prizes, no secret, a beacon, call-offs, people passed over."""
    for seed in range(60):
        proof = written(seed, listed=seed % 2)
        status, lines = run(proof)

        head = verify.verify(proof)[1]
        assert (status, lines[-1]) == (0, f"OK head {head[:8]}"), (seed, lines)
        assert len(lines) == len(proof["pools"]) + 1


@pytest.mark.parametrize("rule", [rule for rule in FORGERIES if rule not in LEFT | FEWER_WORDS | ANOTHER_SEED])
def test_a_forgery_is_named_by_the_same_draw_and_rule_as_by_the_whole_check(run, rule):
    proof = forged(rule)
    said = whole(proof)

    assert rule in said
    assert run(proof) == (1, [said])


@pytest.mark.parametrize("rule", sorted(FEWER_WORDS | ANOTHER_SEED))
def test_other_forgeries_of_what_is_recomputed_fail_too(run, rule):
    status, lines = run(forged(rule))

    assert (status, len(lines)) == (1, 1)
    assert lines[0].startswith("FAILED ")
    assert ("seed: is not what the inputs give" in lines[0]) == (rule in ANOTHER_SEED)


@pytest.mark.parametrize("rule", sorted(LEFT))
def test_what_is_left_to_the_whole_check_is_left_as_the_script_says(run, rule):
    proof = forged(rule)

    assert rule in whole(proof)
    assert run(proof)[0] == 0


def told_twice(proof):
    """The crowd with one number twice, under a freeze that says so."""
    crowd = sorted([*proof["crowds"]["1"], proof["crowds"]["1"][0]])
    proof["crowds"]["1"] = crowd
    body(proof, "freeze")["crowd"] = {"m": len(crowd), "root": protocol.crowd_root(crowd)}
    links(proof["log"])


def ground(proof):
    """A signature that nobody asked for: the operator may try as many as it takes, after the freeze."""
    opened, frozen, result = (body(proof, kind) for kind in ("open", "freeze", "result"))
    secret, sign = bytes.fromhex(frozen["secret"]), b"\xab" * 48
    seed = protocol.seed(frozen["open"], frozen["crowd"]["root"], secret, sign, opened["delay"])
    order = protocol.order(seed, [tuple(line) for line in proof["pools"]["1"]])
    result.update(beacon_sig=sign.hex(), seed=seed.hex(), order=protocol.order_hash(order), top=order[:1])
    proof["log"] = proof["log"][:4]
    links(proof["log"])


@pytest.mark.parametrize(
    ("forge", "said"),
    [
        (told_twice, "draw 1: crowd: not ascending and unique"),
        (ground, "draw 1: beacon: missing or not declared"),
        (lambda proof: proof["log"][-1].update(seq=7), "file: chain: record 5 is out of sequence"),
        (
            lambda proof: body(proof, "result").update(seed="22" * 32),
            "file: chain: record 4 does not follow the one before",
        ),
        (lambda proof: proof["log"].pop(4), "file: chain: record 4 is out of sequence"),
    ],
    ids=["a number twice", "a ground signature", "another number", "another seed", "a record cut out"],
)
def test_what_a_less_careful_or_more_careful_forger_does_is_named_alike(run, forge, said):
    proof = copy.deepcopy(CASE)
    forge(proof)

    assert whole(proof) == f"FAILED {said}"
    assert run(proof) == (1, [f"FAILED {said}"])


def calls(*made):
    """The second example's first draw, with these calls instead: (type, rank)."""
    case = copy.deepcopy(VECTORS["cases"][1])
    log = case["proof"]["log"][:4]
    for kind, rank in made:
        who = {"draw": 1, "rank": rank, "eid": case["expected"][0]["order"][rank - 1]}
        log.append({**log[0], "type": kind, "ts": log[-1]["ts"] + 1, "body": who | KINDS[kind]})
    proof = {**case["proof"], "log": log}
    rechain(proof)
    return proof


KINDS = {"claim": {"by": "desk"}, "void": {"reason": "decline", "waited_ms": 1}}


@pytest.mark.parametrize(
    "made",
    [
        [("claim", 10)],
        [("claim", 4)],
        [("void", 1), ("claim", 5)],
        [("claim", 1), ("claim", 1)],
        [("void", 1), ("claim", 1)],
        [("void", 5), ("claim", 1)],
        [("void", 4)],
    ],
    ids=[
        "far down",
        "one too far",
        "two too far",
        "claimed twice",
        "passed over, then claimed",
        "a void ahead",
        "a stand-by passed over",
    ],
)
def test_nobody_wins_out_of_turn(run, made):
    """Three prizes: a friend of the operator far down the order, under a chain and a rank that are right."""
    proof = calls(*made)
    status, lines = run(proof)

    assert "a rank that is not the next" in whole(proof)
    assert status == 1
    assert lines[0].startswith("FAILED draw 1: ")


def test_a_rank_from_the_end_of_the_order_is_nobodys(run):
    proof = calls(("claim", 1))
    proof["log"][-1]["body"]["rank"] = -129
    rechain(proof)

    assert run(proof) == (1, ["FAILED draw 1: claim: the rank is somebody else's"])


def test_one_entrant_in_two_spellings_is_one(run):
    """The bytes count: "AB" sorts before "ab", and would put the same stub in twice."""
    proof = copy.deepcopy(CASE)
    proof["log"] = proof["log"][:4]
    eid = proof["pools"]["1"][-1][0]
    proof["pools"]["1"].insert(0, [eid.upper(), 1])
    proof["pools"]["1"].sort()

    assert run(proof) == (1, ["FAILED draw 1: pool: not ascending and unique"])


def test_what_somebody_changed_never_fails_where_the_whole_check_holds(run):
    """One change anywhere, chained again or not: one line, no traceback, and no false alarm."""
    held = 0
    for seed in range(150):
        proof = written(seed)
        change(proof, random.Random(seed))
        if seed % 2:
            with contextlib.suppress(TypeError, KeyError, ValueError, AttributeError):
                rechain(proof)
        status, lines = run(proof)

        assert status == 0 or (len(lines) == 1 and lines[0].startswith("FAILED ")), (seed, lines)
        if whole(proof) is None:
            held += 1
            assert status == 0, (seed, lines)
    assert held


@pytest.mark.parametrize("name", ["recompute.py", "verify.py"])
def test_anybody_can_take_both_scripts_from_the_proof_page(client, beijing, name):
    page = client.get("/attend/beijing/raffle/").content.decode()
    file = client.get(f"/attend/beijing/raffle/{name}")

    assert f'href="/attend/beijing/raffle/{name}" download="{name}"' in page
    assert b"".join(file.streaming_content) == (ROOT / "raffle" / name).read_bytes()
