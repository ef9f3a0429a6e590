"""The stand-alone verifier: every broken rule is named, also when the forger chained everything again."""

import copy
import json
import subprocess
import sys
from pathlib import Path

import pytest

from raffle import protocol, verify

ROOT = Path(__file__).resolve().parent.parent.parent
CASE = json.loads((ROOT / "tests/raffle/vectors.json").read_text(encoding="utf-8"))["cases"][0]["proof"]


def rechain(log):
    """What a forger does after a change: number and link everything again."""
    previous = protocol.NO_HASH
    for seq, entry in enumerate(log):
        entry["seq"], entry["prev"] = seq, previous
        previous = protocol.record_hash(entry)


def links(log):
    """Point the records at each other's hashes again as well, as a careful forger would."""
    rechain(log)
    hashes = {}
    for entry in log:
        if entry["type"] == "freeze" and "open" in hashes:
            entry["body"]["open"] = hashes["open"]
            rechain(log)
        if entry["type"] == "result" and "freeze" in hashes:
            entry["body"]["freeze"] = hashes["freeze"]
            rechain(log)
        hashes[entry["type"]] = protocol.record_hash(entry)


def body(proof, kind):
    return next(entry["body"] for entry in proof["log"] if entry["type"] == kind)


def drop(proof, kind):
    proof["log"] = [entry for entry in proof["log"] if entry["type"] != kind]


def double(proof, kind):
    at = next(i for i, entry in enumerate(proof["log"]) if entry["type"] == kind)
    proof["log"].insert(at + 1, copy.deepcopy(proof["log"][at]))


def renumber(proof, number):
    """As if there had never been an attempt before."""
    for entry in proof["log"][1:]:
        entry["body"]["draw"] = number
    for lists in (proof["pools"], proof["crowds"]):
        lists[str(number)] = lists.pop("1")


def add(proof, kind, content):
    proof["log"].append(
        {"v": "raffle/1", "seq": 0, "prev": "", "ts": proof["log"][-1]["ts"] + 1, "type": kind, "body": content}
    )


THIRD = "05f2fe4500cb7a9338d16fc3faaffc82"
FORGERIES = {
    "log: empty": lambda p: p["log"].clear(),
    "log: does not begin with genesis": lambda p: drop(p, "genesis"),
    "log: a second genesis": lambda p: double(p, "genesis"),
    "of another version": lambda p: p["log"][1].update(v="raffle/2"),
    "an unknown type": lambda p: p["log"][1].update(type="spin"),
    "open: twice": lambda p: double(p, "open"),
    "freeze: without an opening": lambda p: drop(p, "open"),
    "result: without a freeze": lambda p: drop(p, "freeze"),
    "void: without a result": lambda p: drop(p, "result"),
    "result: a frozen draw without one": lambda p: [drop(p, kind) for kind in ("result", "void", "claim")],
    "abort: after the freeze": lambda p: add(p, "abort", {"draw": 1, "reason": "again"}),
    "claim: more than there are prizes": lambda p: add(p, "claim", {**body(p, "claim"), "rank": 3, "eid": THIRD}),
    "claim: a rank that is not the next": lambda p: drop(p, "void"),
    "void: a rank that is not the next": lambda p: body(p, "void").update(rank=2, eid=body(p, "claim")["eid"]),
    "void: before the time was over": lambda p: body(p, "void").update(waited_ms=59_999),
    "void: unknown reason": lambda p: body(p, "void").update(reason="ugly"),
    "claim: the rank is somebody else's": lambda p: body(p, "claim").update(eid="00" * 16),
    "pool: does not match the opening": lambda p: p["pools"]["1"].pop(),
    "pool: not ascending and unique": lambda p: p["pools"]["1"].reverse(),
    "crowd: does not match the freeze": lambda p: p["crowds"]["1"].pop(),
    "secret: is not the committed one": lambda p: body(p, "freeze").update(secret="11" * 32),
    "seed: is not what the inputs give": lambda p: body(p, "result").update(seed="22" * 32),
    "top: is not the head of the order": lambda p: body(p, "result").update(top=[body(p, "claim")["eid"]]),
    "order: is not what the seed gives": lambda p: body(p, "result").update(order="33" * 32),
    "crowd: a spoken text is not in the list": lambda p: body(p, "freeze").update(texts=["6 6 6"]),
    "open: an attempt before it is missing": lambda p: renumber(p, 2),
    "open: not well formed": lambda p: body(p, "open").pop("prize"),
    "enter: record 1 is not well formed": lambda p: p["log"].insert(
        1, {**p["log"][0], "type": "enter", "body": {"n": 8}}
    ),
    "void: an override without its reason": lambda p: body(p, "void").update(reason="override", waited_ms=0),
    "void: somebody ineligible without its reason": lambda p: body(p, "void").update(reason="ineligible", waited_ms=0),
    "open: a delay of more than 100000000 steps": lambda p: body(p, "open").update(delay=2 * 10**9),
}


@pytest.mark.parametrize("rule", FORGERIES)
def test_a_forgery_is_named_by_its_rule(rule):
    proof = copy.deepcopy(CASE)
    FORGERIES[rule](proof)
    if proof["log"]:
        links(proof["log"])

    with pytest.raises(verify.Broken) as found:
        verify.verify(proof)

    assert rule in found.value.args[1]


def test_a_void_that_was_written_before_the_time_was_over_is_named_whatever_it_says_of_it():
    proof = copy.deepcopy(CASE)
    result, void = (next(e for e in proof["log"] if e["type"] == kind) for kind in ("result", "void"))
    void["ts"] = result["ts"] + 59_999
    links(proof["log"])

    with pytest.raises(verify.Broken, match="before the time was over"):
        verify.verify(proof)


def test_who_is_called_second_has_the_whole_time_from_the_first_void_on():
    """One prize; the second one's sixty seconds begin when the first is passed over."""
    case = json.loads((ROOT / "tests/raffle/vectors.json").read_text(encoding="utf-8"))["cases"][1]["proof"]
    last = [entry for entry in case["log"] if entry["type"] == "void"][-1]
    assert verify.verify(copy.deepcopy(case))
    last["ts"] -= 1
    links(case["log"])

    with pytest.raises(verify.Broken, match="before the time was over"):
        verify.verify(case)


def withheld():
    proof = copy.deepcopy(CASE)
    proof["log"], proof["crowds"] = proof["log"][:2], {}
    return proof


def test_a_freeze_that_never_came_is_late_by_the_clock_of_who_checks():
    closes = body(CASE, "open")["close_at"]

    assert verify.verify(withheld(), now=closes + 2000)[0] == [(1, "open, not frozen yet")]
    assert verify.verify(withheld(), now=closes + 2001)[0] == [(1, "open, not frozen yet, late")]


def test_the_script_looks_at_the_clock(tmp_path):
    done = script(tmp_path, json.dumps(withheld()).encode())

    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "ok      draw 1: open, not frozen yet, late")


def beaconed(chain, signature, *, frozen_at=None):
    """The example as a draw that declared a round."""
    proof = copy.deepcopy(CASE)
    proof["log"] = proof["log"][:4]
    if frozen_at:
        proof["log"][2]["ts"] = frozen_at
        proof["log"][3]["ts"] = frozen_at + 1
    number = protocol.beacon_round(body(proof, "open")["close_at"])
    body(proof, "open")["beacon"] = {"chain": chain, "round": number}
    body(proof, "result")["beacon_sig"] = signature
    links(proof["log"])
    opened, frozen, result = (body(proof, kind) for kind in ("open", "freeze", "result"))
    secret, salt = bytes.fromhex(frozen["secret"]), frozen["open"]
    seed = protocol.seed(salt, frozen["crowd"]["root"], secret, bytes.fromhex(signature), opened["delay"])
    order = protocol.order(seed, [tuple(line) for line in proof["pools"]["1"]])
    result.update(seed=seed.hex(), order=protocol.order_hash(order), top=order[:1])
    links(proof["log"])
    return proof


def test_a_beacon_is_of_the_highest_trust_on_a_condition_that_is_said():
    proof = beaconed(protocol.QUICKNET, "ab" * 48)

    ((_draw, line),) = verify.verify(proof)[0]

    number = body(proof, "open")["beacon"]["round"]
    assert "trust L3 if the beacon is drand's" in line
    assert line.endswith(f"compare drand's round {number} of chain {protocol.QUICKNET} yourself: {'ab' * 48}")


def test_an_operator_who_grinds_the_signature_of_a_chain_that_nobody_knows_gains_no_trust():
    """A free input after the freeze, under a secret that was committed and numbers from the room."""
    friend = CASE["pools"]["1"][0][0]
    tried = (beaconed("8990e7a9", f"{n:064x}") for n in range(999))
    proof = next(one for one in tried if body(one, "result")["top"] == [friend])

    ((_draw, line),) = verify.verify(proof)[0]

    assert "trust L0, the beacon could not be checked" in line


@pytest.mark.parametrize(("after", "level"), [(-1, "L3 if"), (0, "L0, the beacon could not be checked")])
def test_a_round_that_was_known_before_the_box_was_locked_is_no_beacon(after, level):
    at = protocol.beacon_time(protocol.beacon_round(body(CASE, "open")["close_at"]))

    ((_draw, line),) = verify.verify(beaconed(protocol.QUICKNET, "ab" * 48, frozen_at=at + after))[0]

    assert f"trust {level}" in line


@pytest.mark.parametrize("signature", ["", "ab", "ab" * 47, "ab" * 96], ids=["none", "a byte", "short", "long"])
def test_what_cannot_be_a_signature_of_the_beacon_is_named(signature):
    with pytest.raises(verify.Broken, match="beacon: not well formed"):
        verify.verify(beaconed(protocol.QUICKNET, signature))


@pytest.mark.parametrize("chain", ["\r\x1b[2Kok draw 1", "链", "", "x" * 65, "a b"])
def test_no_word_of_the_file_reaches_the_terminal(chain):
    with pytest.raises(verify.Broken, match="open: not well formed"):
        verify.verify(beaconed(chain, "ab" * 48))


def test_a_changed_record_that_was_not_chained_again_breaks_the_chain():
    proof = copy.deepcopy(CASE)
    body(proof, "open")["prize"]["name"] = "car"

    with pytest.raises(verify.Broken, match="does not follow"):
        verify.verify(proof)


def script(tmp_path, content, name="verify.py"):
    path = tmp_path / "proof.json"
    path.write_bytes(content)
    return subprocess.run(
        [sys.executable, f"raffle/{name}", str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_script_says_ok_and_exits_with_0(tmp_path):
    done = script(tmp_path, json.dumps(CASE).encode())

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].startswith("OK      1 draws, head 3b2b1f90")


both = pytest.mark.parametrize("name", ["verify.py", "recompute.py"])


@both
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        b"\xff\xfe",
        b"[" * 200_000,
        b'{"log":[1],"pools":{},"crowds":{}}',
        b'{"log":' + b"9" * 5000 + b"}",
    ],
    ids=["empty", "list", "object", "null", "bytes", "nesting", "numbers", "long number"],
)
def test_a_hostile_file_costs_one_line(tmp_path, content, name):
    done = script(tmp_path, content, name)

    assert done.returncode == 1
    assert done.stderr == ""
    assert done.stdout.startswith("FAILED") and done.stdout.count("\n") == 1


@both
@pytest.mark.parametrize(
    "begin",
    [b"[", b'{"log":[', b'{"log":"', b'{"log":[],"pools":{"1":[', b" "],
    ids=["nesting", "nesting in the log", "one long text", "nesting in a pool", "nothing"],
)
def test_a_file_of_100_mb_costs_one_line(tmp_path, begin, name):
    filling = b"[" if begin.endswith(b"[") else b"9" if begin.endswith(b'"') else b" "
    done = script(tmp_path, begin + filling * 100_000_000, name)

    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.split()[:2] == ["FAILED", "file:"] and done.stdout.count("\n") == 1


@both
@pytest.mark.parametrize("path", [".", "nothing-here.json", "/dev/null"])
def test_what_is_no_file_costs_one_line(path, name):
    done = subprocess.run([sys.executable, f"raffle/{name}", path], cwd=ROOT, capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("FAILED")
