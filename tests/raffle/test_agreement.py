"""Three readers of the protocol agree: protocol.py writes a raffle, verify.py and the browser's verify.js judge it.

Also when somebody changed it: the same verdict, the same draw, the same rule. The browser's side runs in node, with and
without WebCrypto (a page on plain http has none).
"""

import copy
import json
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from raffle import protocol, verify

HERE = Path(__file__).resolve().parent
VECTORS = json.loads((HERE / "vectors.json").read_text(encoding="utf-8"))
NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="no node on this machine")
few = settings(deadline=None, max_examples=120, suppress_health_check=list(HealthCheck))


class Browser:
    """verify.js in a process of its own; one question and one answer a line."""

    def __init__(self, mode=""):
        command = [NODE, "--experimental-default-type=module", str(HERE / "verify_runner.mjs"), mode]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )

    def judge(self, proof, slow, **now):
        return self.ask({"proof": proof, "slow": slow, **now})

    def ask(self, question):
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@pytest.fixture(scope="module")
def webcrypto():
    browser = Browser()
    yield browser
    browser.process.kill()


@pytest.fixture(scope="module")
def plain():
    browser = Browser("no-webcrypto")
    yield browser
    browser.process.kill()


def python_says(proof, slow, **now):
    try:
        lines, head = verify.verify(verify.read(json.dumps(proof)), slow=slow, **now)
    except verify.Broken as broken:
        return {"draw": broken.args[0], "rule": broken.args[1]}
    notes = {
        str(draw): [note for note in re.findall("(?:^|, )([^,]*)", line) if re.fullmatch(NOTES, note)]
        for draw, line in lines
    }
    return {"head": head, "trust": {str(draw): level(line) for draw, line in lines}, "notes": notes}


NOTES = "late|freeze late|opened less than 10 s before closing|frozen before closing"
NOTES += r"|the beacon could not be checked|\d+ more than the last published check-in list"
NOTES += "|other stubs than the last published check-in list|called off after closing"


def level(line):
    return line.split("trust ")[1][:2] if "trust " in line else None


class Writer:
    """A raffle as protocol.py writes it, from a random generator: any number of draws, people, weights, absences."""

    def __init__(self, dice):
        self.dice, self.log, self.pools, self.crowds, self.ts = dice, [], {}, {}, 1704520800000
        self.won = set()
        self.write("genesis", {"event": dice.randbytes(16).hex(), "title": dice.choice(TITLES), "rules": "v1"})

    def write(self, kind, body, after=1):
        self.ts += after
        prev = protocol.record_hash(self.log[-1]) if self.log else protocol.NO_HASH
        self.log.append(protocol.record(len(self.log), prev, self.ts, kind, body))
        return protocol.record_hash(self.log[-1])

    def draw(self, number, listed=False):
        dice = self.dice
        exclude = dice.random() < 0.7
        everybody = {dice.randbytes(16).hex() for _ in range(dice.randint(0, 24))} | (
            self.won if not exclude else set()
        )
        pool = [(eid, dice.choice([1, 1, 1, 2, 7])) for eid in sorted(everybody)]
        secret = dice.choice([None, dice.randbytes(32)])
        qty, delay = dice.randint(1, 4), dice.choice([1, 2, 50])
        self.pools[str(number)] = [list(line) for line in pool]
        if listed and dice.random() < 0.5:  # the list of everybody there, winners too; or of as many others
            there = sorted(everybody | self.won)
            root = protocol.pool_root([(eid, 1) for eid in there])
            self.write("enter", {"n": len(there), "root": dice.choice([root, root, dice.randbytes(32).hex()])})
        content = {"n": len(pool), "w": sum(weight for _eid, weight in pool), "root": protocol.pool_root(pool)}
        close_at = self.ts + dice.choice([9_000, 15_000])
        number_of_round = protocol.beacon_round(close_at) + dice.choice([0, 5])
        beacon = dice.choice(
            [None, None, {"chain": protocol.QUICKNET, "round": number_of_round}, {"chain": "8990e7a9", "round": 3}]
        )
        opened = self.write(
            "open",
            {
                "draw": number,
                "prize": {"id": "1", "name": dice.choice(TITLES)},
                "qty": qty,
                "rule": {"exclude_winners": exclude, "present": True},
                "pool": content,
                "delay": delay,
                "secret": protocol.sha(secret).hex() if secret else None,
                "beacon": beacon,
                "close_at": close_at,
                "claim_ms": 60_000,
            },
        )
        if dice.random() < 0.15:
            self.write("abort", {"draw": number, "reason": "x"}, dice.choice([5, 30_000]))
            return
        texts = dice.sample(["3 6 1", "骰子", "é"], dice.randint(0, 2))
        crowd = {dice.randbytes(32).hex() for _ in range(dice.randint(0, 5))} | {protocol.text_nonce(t) for t in texts}
        self.crowds[str(number)] = crowd = sorted(crowd)
        root = protocol.crowd_root(crowd)
        body = {"draw": number, "open": opened, "crowd": {"m": len(crowd), "root": root}, "texts": texts}
        frozen = self.write(
            "freeze", body | {"secret": secret.hex() if secret else None}, dice.choice([15_300, 40_000])
        )
        signature = dice.randbytes(48) if beacon else None
        seed = protocol.seed(opened, root, secret, signature, delay)
        order = protocol.order(seed, pool)
        assert protocol.top(seed, pool, qty) == order[:qty]
        result = {
            "draw": number,
            "freeze": frozen,
            "seed": seed.hex(),
            "beacon_sig": signature.hex() if signature else None,
        }
        self.write("result", result | {"order": protocol.order_hash(order), "top": order[:qty]})
        self.call(number, qty, order)

    def call(self, number, qty, order):
        dice, gone, claimed = self.dice, set(), set()
        for _ in range(dice.randint(0, 8)):
            held = [r for r in protocol.current_ranks(qty, len(order), gone) if r not in claimed]
            if not held:
                return
            rank = dice.choice(held)
            who = {"draw": number, "rank": rank, "eid": order[rank - 1]}
            if dice.random() < 0.5:
                self.write("claim", who | {"by": dice.choice(["phone", "desk"])})
                claimed.add(rank)
                self.won.add(order[rank - 1])
            else:
                reason = dice.choice(["timeout", "decline", "override", "ineligible"])
                why = {"text": dice.choice(TITLES)} if reason in ("override", "ineligible") else {}
                waited = 60_000 if reason == "timeout" else 1
                self.write("void", who | {"reason": reason, "waited_ms": waited, **why}, waited)
                gone.add(rank)

    @property
    def proof(self):
        return {"log": self.log, "pools": self.pools, "crowds": self.crowds}


TITLES = ["K7 机械键盘", 'Hi~AI "测试" \\ 01', "👩‍👩‍👧 é", "</script>\u2028"]
STRANGE = [
    None,
    True,
    False,
    0,
    1,
    2,
    -1,
    2**53,
    10**30,
    1.0,
    1.5,
    "",
    "0",
    "00" * 16,
    "zz",
    "0 " * 16,
    "A" * 64,
    "ab" * 32,
    [],
    {},
    ["x"],
]
STRANGE += [{"a": 1}, "e\u0301", [[["x"]]], "phone", "timeout", {"B": 1}]


def written(seed, *, listed=False):
    """`listed`: with a check-in list before each draw, as many as may come in between."""
    writer = Writer(random.Random(seed))
    for number in range(1, writer.dice.randint(0, 3) + 1):
        if listed:
            writer.write("enter", {"n": writer.dice.randint(0, 30), "root": writer.dice.randbytes(32).hex()})
        writer.draw(number, listed=listed)
    return writer.proof


def rechain(proof):
    """What a careful forger does after a change: number and link everything again."""
    hashes, previous = {}, protocol.NO_HASH
    for seq, entry in enumerate(proof["log"]):
        body = entry["body"]
        entry["seq"], entry["prev"] = seq, previous
        draw = body.get("draw") if isinstance(body, dict) else None
        for kind, link in (("freeze", "open"), ("result", "freeze")):
            if entry["type"] == kind and (str(draw), link) in hashes:
                body[link] = hashes[str(draw), link]
        previous = verify.sha(verify.canonical(entry)).hex()
        hashes[str(draw), entry["type"]] = previous


def places(value, path=()):
    """Every place of a proof, as a path of keys."""
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], (*path, key))
    elif isinstance(value, list):
        for at in range(len(value)):
            yield from places(value[at], (*path, at))


def change(proof, dice):
    """One change somewhere: another value, a double, a hole, a swap."""
    path = dice.choice([place for place in places(proof) if place])
    parent = proof
    for key in path[:-1]:
        parent = parent[key]
    act = dice.choice(["set", "set", "remove", "double", "swap"])
    if act == "remove":
        del parent[path[-1]]
    elif act == "double" and isinstance(parent, list):
        parent.insert(path[-1], copy.deepcopy(parent[path[-1]]))
    elif act == "swap" and isinstance(parent, list):
        other = dice.randrange(len(parent))
        parent[path[-1]], parent[other] = parent[other], parent[path[-1]]
    else:
        parent[path[-1]] = copy.deepcopy(dice.choice(STRANGE))


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_the_worked_examples_hold_for_both(case, webcrypto, plain):
    expected = python_says(case["proof"], slow=True)

    assert expected["head"] == case["head"]
    assert webcrypto.judge(case["proof"], slow=True) == expected
    assert plain.judge(case["proof"], slow=True) == expected


@few
@given(st.integers(0, 2**32), st.booleans())
def test_what_the_protocol_writes_holds_for_both(webcrypto, plain, seed, listed):
    proof = written(seed, listed=listed)
    expected = python_says(proof, slow=True)

    assert "head" in expected, expected
    for record in proof["log"]:
        number, level = str(record["body"].get("draw")), expected["trust"].get(str(record["body"].get("draw")))
        if record["type"] == "open" and (record["body"]["beacon"] or {}).get("chain") == "8990e7a9":
            assert level in ("L0", None)  # None: called off
            assert (level == "L0") == ("the beacon could not be checked" in expected["notes"][number])
    assert webcrypto.judge(proof, slow=True) == expected
    assert plain.judge(proof, slow=True) == expected


@few
@example(3578, True)  # a list where a signature belongs: it has a length as a text has
@given(st.integers(0, 2**32), st.booleans())
def test_what_somebody_changed_is_judged_alike(webcrypto, plain, seed, again):
    proof, dice = written(seed), random.Random(seed)
    for _ in range(dice.choice([1, 1, 2])):
        change(proof, dice)
    if again:
        try:
            rechain(proof)
        except (TypeError, KeyError, ValueError, AttributeError):
            pass
    proof = json.loads(json.dumps(proof))

    assert webcrypto.judge(proof, slow=True) == python_says(proof, slow=True)
    assert plain.judge(proof, slow=True) == python_says(proof, slow=True)


def test_without_webcrypto_a_wrong_seed_with_its_own_order_is_left_to_the_script(plain, webcrypto):
    """All but the delay is checked there: a seed that the inputs do not give is found by the other two."""
    proof = written(next(seed for seed in range(99) if any(r["type"] == "result" for r in written(seed)["log"])))
    result = next(entry["body"] for entry in proof["log"] if entry["type"] == "result")
    number = str(result["draw"])
    proof["log"] = proof["log"][: proof["log"].index(next(e for e in proof["log"] if e["type"] == "result")) + 1]
    order = protocol.order(b"\x22" * 32, [tuple(line) for line in proof["pools"][number]])
    quantity = next(
        e["body"]["qty"] for e in proof["log"] if e["type"] == "open" and e["body"]["draw"] == result["draw"]
    )
    result.update(seed="22" * 32, order=protocol.order_hash(order), top=order[:quantity])
    rechain(proof)

    assert "head" in plain.judge(proof, slow=False)
    assert webcrypto.judge(proof, slow=True)["rule"] == "seed: is not what the inputs give"
    assert python_says(proof, slow=True)["rule"] == "seed: is not what the inputs give"


def test_a_whole_number_with_a_point_is_the_number_for_both(webcrypto):
    """JSON has one kind of number: a browser cannot tell 1.0 from 1."""
    text = json.dumps(VECTORS["cases"][0]["proof"]).replace('"seq": 1,', '"seq": 1.0,').replace("60000", "6e4")
    question = '{"slow": true, "proof": ' + text + "}\n"
    webcrypto.process.stdin.write(question)
    webcrypto.process.stdin.flush()

    assert json.loads(webcrypto.process.stdout.readline())["head"] == VECTORS["cases"][0]["head"]
    assert verify.verify(verify.read(text))[1] == VECTORS["cases"][0]["head"]


@pytest.mark.parametrize("late", [2000, 2001])
def test_a_withheld_freeze_is_late_for_both(webcrypto, late):
    proof = copy.deepcopy(VECTORS["cases"][0]["proof"])
    proof["log"], now = proof["log"][:2], proof["log"][1]["body"]["close_at"] + late

    expected = python_says(proof, slow=True, now=now)
    assert expected["notes"] == {"1": ["late"] if late > 2000 else []}
    assert webcrypto.judge(proof, slow=True, now=now) == expected


@pytest.mark.parametrize(
    ("ghosts", "swapped", "exclude", "said"),
    [
        (0, False, True, []),
        (2, False, True, ["2 more than the last published check-in list"]),
        (0, True, True, ["other stubs than the last published check-in list"]),
        (0, False, False, []),
        (2, False, False, ["2 more than the last published check-in list"]),
    ],
)
def test_ghosts_in_the_places_of_those_who_have_won_are_told_by_both(webcrypto, plain, ghosts, swapped, exclude, said):
    """The list of 130 is published once; three have won since and stand in it, and not in the second pool."""
    proof = copy.deepcopy(VECTORS["cases"][1]["proof"])
    second = next(i for i, e in enumerate(proof["log"]) if e["type"] == "open" and e["body"]["draw"] == 2)
    everybody = [eid for eid, _weight in proof["pools"]["1"]]
    root = protocol.pool_root([(eid, 1) for eid in everybody])
    proof["log"] = proof["log"][: second + 1]
    proof["log"].insert(1, {**proof["log"][0], "type": "enter", "body": {"n": 130, "root": root}})
    pool = proof["pools"]["2"] if exclude else [list(line) for line in proof["pools"]["1"]]
    if swapped:
        pool.pop(5)
    pool = sorted([*pool, *[[f"{n:032x}", 3] for n in range(ghosts + swapped)]])  # of whatever weight
    proof["pools"]["2"], body = pool, proof["log"][-1]["body"]
    body["rule"]["exclude_winners"] = exclude
    body["pool"] = {
        "n": len(pool),
        "w": sum(weight for _eid, weight in pool),
        "root": protocol.pool_root([tuple(line) for line in pool]),
    }
    rechain(proof)

    expected = python_says(proof, slow=False)
    assert expected["notes"] == {"1": [], "2": said}
    assert webcrypto.judge(proof, slow=False) == plain.judge(proof, slow=False) == expected


@pytest.mark.parametrize(("after", "said"), [(-1, []), (0, ["called off after closing"])])
def test_what_was_called_off_after_closing_is_told_so_by_both(webcrypto, after, said):
    """Between closing and freeze the operator could compute the result: it is no call-off before the freeze."""
    proof = copy.deepcopy(VECTORS["cases"][0]["proof"])
    proof["log"] = proof["log"][:2]
    abort = {**proof["log"][1], "type": "abort", "body": {"draw": 1, "reason": "hm"}}
    proof["log"].append({**abort, "ts": proof["log"][1]["body"]["close_at"] + after})
    rechain(proof)

    expected = python_says(proof, slow=True)
    assert expected["notes"] == {"1": said}
    assert webcrypto.judge(proof, slow=True) == expected
    [(_draw, line)] = verify.verify(proof)[0]
    assert line == (said[0] if said else "called off before the freeze")


@pytest.mark.parametrize(("delay", "rule"), [(10**8, None), (10**8 + 1, "open: a delay of more than 100000000 steps")])
def test_a_delay_that_would_hold_up_who_checks_for_minutes_is_refused_by_both(webcrypto, delay, rule):
    proof = copy.deepcopy(VECTORS["cases"][0]["proof"])
    proof["log"] = proof["log"][:2]
    proof["log"][1]["body"]["delay"] = delay
    rechain(proof)

    expected = python_says(proof, slow=True)
    assert expected.get("rule") == rule
    assert webcrypto.judge(proof, slow=True) == expected


@pytest.mark.parametrize(
    ("listed", "present", "said"),
    [
        (2, True, ["3 more than the last published check-in list"]),
        (5, True, ["other stubs than the last published check-in list"]),
        (6, True, []),
        (2, False, []),
        (5, False, []),
        (None, True, []),
    ],
)
def test_a_pool_that_is_larger_than_the_last_published_list_is_told_by_both(webcrypto, listed, present, said):
    """Ghosts: no failure, somebody may have come in since."""
    proof = copy.deepcopy(VECTORS["cases"][0]["proof"])
    proof["log"] = proof["log"][:2]
    proof["log"][1]["body"]["rule"]["present"] = present
    for n in () if listed is None else (9, listed):
        proof["log"].insert(-1, {**proof["log"][0], "type": "enter", "body": {"n": n, "root": "ab" * 32}})
    rechain(proof)

    expected = python_says(proof, slow=True)
    assert expected["notes"] == {"1": said}
    assert webcrypto.judge(proof, slow=True) == expected


def frozen_alone(beacon=None):
    """A proof that ends with the freeze of its only draw, and the instant of that."""
    proof = copy.deepcopy(VECTORS["cases"][0]["proof"])
    proof["log"] = proof["log"][:3]
    if beacon:
        proof["log"][1]["body"]["beacon"] = beacon
        rechain(proof)
    assert proof["log"][2]["type"] == "freeze"
    return proof, proof["log"][2]["ts"]


@pytest.mark.parametrize(("late", "holds"), [(0, True), (119_999, True), (120_000, False)])
def test_a_frozen_draw_may_wait_a_moment_for_its_result_for_both(webcrypto, late, holds):
    proof, frozen_at = frozen_alone()
    expected = python_says(proof, slow=True, now=frozen_at + late)

    assert ("head" in expected, expected.get("rule")) == (holds, None if holds else "result: a frozen draw without one")
    assert webcrypto.judge(proof, slow=True, now=frozen_at + late) == expected


def test_a_draw_waits_for_its_beacon_as_long_as_it_takes_for_both(webcrypto):
    proof, frozen_at = frozen_alone({"chain": protocol.QUICKNET, "round": 30_000_000})
    now = frozen_at + 30 * 24 * 3_600_000
    expected = python_says(proof, slow=True, now=now)

    assert "head" in expected, expected
    assert webcrypto.judge(proof, slow=True, now=now) == expected
    [(_draw, line)] = verify.verify(proof, now=now)[0]
    assert line.endswith("its result waits for round 30000000 of the beacon " + protocol.QUICKNET)
    assert (
        python_says(proof, slow=True)["rule"] == "result: a frozen draw without one"
    )  # a file that claims to be whole
    assert webcrypto.judge(proof, slow=True) == python_says(proof, slow=True)


def test_the_film_is_the_same_on_the_server_and_in_the_browser(webcrypto):
    dice = random.Random(5)
    for winners in (0, 1, 3):
        seed, eids = dice.randbytes(32), [dice.randbytes(16).hex() for _ in range(20)]
        film = protocol.departures(seed, eids, eids[:winners])

        assert webcrypto.ask({"departures": [seed.hex(), eids, eids[:winners]]}) == film


def test_an_id_is_the_same_in_the_browser_as_in_the_examples(webcrypto):
    example = VECTORS["primitives"]["entrant_id"]

    assert webcrypto.ask({"entrantId": [VECTORS["event_id"], example["ticket_secret"]]}) == example["eid"]


def test_deep_nesting_is_a_verdict_and_no_crash(webcrypto):
    deep = json.loads("[" * 900 + "]" * 900)
    proof = copy.deepcopy(VECTORS["cases"][0]["proof"])
    proof["log"][0]["body"]["rules"] = deep

    assert webcrypto.judge(proof, slow=True)["draw"] is None
    with pytest.raises(verify.Broken):
        verify.verify(proof)


GENESIS = '{"v":"raffle/1","seq":0,"prev":"%s","ts":1,"type":"genesis","body":{"a":' % ("0" * 64)
ENDS = '}}],"pools":{},"crowds":{}}'
MANY = 100_000_000
HOSTILE = {  # begin, what is repeated, how often, end; what is said of it
    "nesting": ("[", "[", MANY, "", "unread"),
    "nesting in the log": ('{"log":[', "[", MANY, "", "unread"),
    "one long text": ('{"log":"', "9", MANY, "", "unread"),
    "nothing": (" ", " ", MANY, "", "unread"),
    "a number": ('{"log":', "9", MANY, ',"pools":{},"crowds":{}}', "log: empty"),
    "nulls for records": ('{"log":[', "null,", MANY // 5, 'null],"pools":{},"crowds":{}}', "log: record 0 has other"),
    "numbers in a record": (f'{{"log":[{GENESIS}[', "0,", MANY // 2, f"0]{ENDS}", None),
    "a text in a record": (f'{{"log":[{GENESIS}"', "9", MANY, f'"{ENDS}', None),
    "keys in a record": (
        f'{{"log":[{GENESIS}[',
        '{"A":0},',
        MANY // 8,
        f"0]{ENDS}",
        "log: record 0 is not well formed",
    ),
}


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("what", HOSTILE)
def test_a_file_of_100_mb_has_one_clear_answer_in_the_browsers_verifier_too(what, tmp_path):
    """What holds (None) is a log of one harmless record, as large as it is; nothing ends the process."""
    begin, filling, count, end, said = HOSTILE[what]
    path, browser = tmp_path / "proof.json", Browser()
    path.write_text(begin + filling * count + end)

    answer = browser.ask({"file": str(path)})

    browser.process.kill()
    path.unlink()
    if said == "unread":
        assert set(answer) == {"unread"}
    elif said:
        assert answer["draw"] is None and answer["rule"].startswith(said)
    else:
        assert len(answer["head"]) == 64


@pytest.mark.parametrize("depth", [10_000, 1_000_000])
@pytest.mark.parametrize("where", ["log", "body", "pools", "crowds", "file"])
def test_deep_nesting_has_one_clear_answer_in_both_verifiers(webcrypto, where, depth, tmp_path):
    proof, deep = copy.deepcopy(VECTORS["cases"][0]["proof"]), "[" * depth + "]" * depth
    places = {"log": ["log", 0], "body": ["log", 0, "body"], "pools": ["pools", "1"], "crowds": ["crowds", "1"]}
    content = deep
    if where != "file":
        *outer, last = places[where]
        target = proof
        for key in outer:
            target = target[key]
        target[last] = "DEEP" if where != "body" else {"a": "DEEP"}
        content = json.dumps(proof).replace('"DEEP"', deep)
    path = tmp_path / "proof.json"
    path.write_text(content)

    answer = webcrypto.ask({"file": str(path), "slow": False})
    done = subprocess.run(
        [sys.executable, str(HERE.parent.parent / "raffle/verify.py"), str(path)], capture_output=True, text=True
    )

    assert set(answer) == {"draw", "rule"}
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (1, "", 1)
