#!/usr/bin/env python3
"""Recompute every draw of a raffle/1 proof file: python verify.py proof.json (standard library only).

Exit status 0: everything holds; 1: something does not, named by draw and rule. Read it beside the protocol: what a value
may be, the hash tree, the chain (3), then of each draw the opening (2), freeze (4), result (5), claims and voids (6).
"""

import hashlib
import json
import re
import struct
import sys
import time
import unicodedata

OPEN, FREEZE, RESULT = ("open", "an opening"), ("freeze", "a freeze"), ("result", "a result")
AFTER = {"freeze": OPEN, "result": FREEZE, "claim": RESULT, "void": RESULT, "abort": OPEN}
FIELDS = {"v", "seq", "prev", "ts", "type", "body"}
REASONS = ("timeout", "decline", "ineligible", "override")
TOLD = {"override": "an override", "ineligible": "somebody ineligible"}  # what is decided by people says why
CHAIN = "[0-9A-Za-z._-]{1,64}"  # it is printed: nothing that moves a terminal
PATIENCE = 120_000  # milliseconds in which the result of a frozen draw is computed
MOST_DELAY = 100_000_000  # iterations: some 20 s; what asks for more only holds up who checks
FAST = 5_000_000  # iterations that a fast machine of 2026 does in a second
QUICKNET = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"  # drand: a round every 3 s


class Broken(Exception):
    """A rule that does not hold: (draw or None, rule)."""


def need(truth, rule):
    if not truth:
        raise Broken(None, rule)


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def is_hex(text, size):
    return isinstance(text, str) and len(text) == 2 * size and re.fullmatch("[0-9a-f]*", text)


def is_count(value, least=0, most=2**53 - 1):
    return type(value) is int and least <= value <= most


def is_canonical(value):
    if isinstance(value, dict):
        return all(re.fullmatch("[a-z][a-z0-9_]*", key) and is_canonical(value[key]) for key in value)
    if isinstance(value, list):
        return all(map(is_canonical, value))
    if isinstance(value, str):
        return unicodedata.is_normalized("NFC", value) and not re.search("[\ud800-\udfff]", value)
    return value is None or isinstance(value, bool) or is_count(value, 1 - 2**53)


def number(text):
    """1.0 is 1, as every reader of JSON but this language has it."""
    return int(value) if (value := float(text)).is_integer() else value


def read(text):
    return json.loads(text, parse_float=number, parse_constant=int)  # NaN is no JSON, and no whole number


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def merkle(leaves):
    stack = []  # the roots of whole subtrees, the largest first: one pass, no list of leaves
    for count, node in enumerate(leaves, 1):
        while not count & 1:
            node, count = sha(b"\1", stack.pop(), node), count >> 1
        stack.append(node)
    while len(stack) > 1:
        stack[-2:] = [sha(b"\1", *stack[-2:])]
    return (stack[0] if stack else sha()).hex()


def chain(log):
    """The hash of each record."""
    need(isinstance(log, list) and log, "log: empty")
    previous, hashes = "0" * 64, []
    for n, record in enumerate(log):
        need(isinstance(record, dict) and set(record) == FIELDS, f"log: record {n} has other fields")
        need(record["v"] == "raffle/1", f"log: record {n} is of another version")
        need(record["type"] in ("genesis", "enter", "open", *AFTER), f"log: record {n} has an unknown type")
        well = isinstance(record["body"], dict) and is_count(record["ts"]) and is_canonical(record)
        need(well, f"log: record {n} is not well formed")
        need(is_count(record["seq"], n, n), f"chain: record {n} is out of sequence")
        need(record["prev"] == previous, f"chain: record {n} does not follow the one before")
        hashes.append(previous := sha(canonical(record)).hex())
    need(log[0]["type"] == "genesis", "log: does not begin with genesis")
    need(all(record["type"] != "genesis" for record in log[1:]), "log: a second genesis")
    return hashes


def pool_leaves(pool, winners, packed):
    """The leaves of a pool; `packed` gets its lines, 18 bytes each."""
    need(isinstance(pool, list), "pool: not published")
    last = ""
    for line in pool:
        well = isinstance(line, list) and len(line) == 2 and is_hex(line[0], 16) and is_count(line[1], 1, 1000)
        need(well, "pool: a line is not well formed")
        need(line[0] > last, "pool: not ascending and unique")
        need(line[0] not in winners, "pool: a previous winner is in it")
        last, raw = line[0], bytes.fromhex(line[0]) + line[1].to_bytes(2, "big")
        packed += raw
        yield sha(b"\0", raw)


def check_open(body, state, pool, winners):
    beacon, secret, prize, exclude = body["beacon"], body["secret"], body["prize"], body["rule"]["exclude_winners"]
    well = is_count(body["qty"], 1) and is_count(body["delay"], 1) and isinstance(exclude, bool)
    well = well and is_count(body["close_at"]) and is_count(body["claim_ms"]) and (secret is None or is_hex(secret, 32))
    well = well and (beacon is None or (re.fullmatch(CHAIN, beacon["chain"]) and is_count(beacon["round"], 1)))
    well = well and isinstance(prize["id"], str) and isinstance(prize["name"], str)
    need(well and isinstance(body["rule"]["present"], bool), "open: not well formed")
    need(body["delay"] <= MOST_DELAY, "open: a delay of more than 100000000 steps")
    root = merkle(pool_leaves(pool, winners if exclude else (), state["pool"]))
    content = {"n": len(pool), "w": sum(line[1] for line in pool), "root": root}
    need(canonical(body["pool"]) == canonical(content), "pool: does not match the opening")
    if beacon and beacon["chain"] == QUICKNET:
        state["beacon_at"] = 1000 * (1692803367 + 3 * (beacon["round"] - 1))
        need(state["beacon_at"] >= body["close_at"] + 3000, "beacon: its round is too early")


def check_freeze(body, state, crowd):
    need(body["open"] == state["open_hash"], "freeze: of another opening")
    need(isinstance(crowd, list), "crowd: not published")
    need(all(is_hex(nonce, 32) for nonce in crowd), "crowd: a nonce is not well formed")
    need(all(a < b for a, b in zip(crowd, crowd[1:])), "crowd: not ascending and unique")
    content = {"m": len(crowd), "root": merkle(sha(b"\0", bytes.fromhex(nonce)) for nonce in crowd)}
    need(canonical(body["crowd"]) == canonical(content), "crowd: does not match the freeze")
    need(isinstance(body["texts"], list), "freeze: not well formed")
    spoken = {sha(b"raffle/1 text\0", text.encode()).hex() for text in body["texts"]}
    need(spoken <= set(crowd), "crowd: a spoken text is not in the list")
    committed, secret = state["open"]["secret"], body["secret"]
    need(committed or secret is None, "secret: none was committed")
    need(not committed or is_hex(secret, 32), "secret: missing")
    need(not committed or sha(bytes.fromhex(secret)).hex() == committed, "secret: is not the committed one")


def ticket(seed, eid, weight):
    """What entrants are sorted by: the least of as many hashes as they have stubs, then their id."""
    return min([sha(seed, eid, j.to_bytes(2, "big")) for j in range(weight)]) + eid


def check_result(body, state, slow):
    opened, frozen, salt = state["open"], state["freeze"], bytes.fromhex(state["open_hash"])
    need(body["freeze"] == state["freeze_hash"], "result: of another freeze")
    sign = body["beacon_sig"]
    need((sign is None) == (opened["beacon"] is None), "beacon: missing or not declared")
    need(is_hex(body["seed"], 32), "seed: not well formed")
    size = 48 if sign is None or opened["beacon"]["chain"] == QUICKNET else max(32, len(sign + "") // 2)
    need(sign is None or is_hex(sign + "", size), "beacon: not well formed")
    secret, beacon = bytes.fromhex(frozen["secret"] or "00" * 32), sha(bytes.fromhex(sign)) if sign else bytes(32)
    x, seed = sha(b"raffle/1 mix\0", salt, bytes.fromhex(frozen["crowd"]["root"]), secret, beacon), body["seed"]
    right = not slow or hashlib.pbkdf2_hmac("sha256", x, salt, opened["delay"], 32).hex() == seed
    need(right, "seed: is not what the inputs give")
    start, order = bytes.fromhex(seed), bytearray()
    tickets = [ticket(start, *line) for line in struct.iter_unpack(">16sH", state.pop("pool"))]
    tickets.sort()
    for each in tickets:
        order += each[32:]
    state["order"] = order
    need(body["order"] == sha(order).hex(), "order: is not what the seed gives")
    need(body["top"] == [each[32:].hex() for each in tickets[: opened["qty"]]], "top: is not the head of the order")


def check_call(kind, body, state, ts):
    """A claim or a void. Who stands by is called when the void before is written."""
    rank, order, voids, claims, opened = body["rank"], state["order"], state["voids"], state["claims"], state["open"]
    right = is_count(rank, 1, len(order) // 16) and order[16 * rank - 16 : 16 * rank].hex() == body["eid"]
    need(right, f"{kind}: the rank is somebody else's")
    if kind == "claim":
        need(body["by"] in ("phone", "desk"), "claim: unknown way")
        need(len(claims) < opened["qty"], "claim: more than there are prizes")
    else:
        need(body["reason"] in REASONS, "void: unknown reason")
        need(is_count(body["waited_ms"]), "void: not well formed")
        told = isinstance(body.get("text"), str) and body["text"]
        need(told or body["reason"] not in TOLD, f"void: {TOLD.get(body['reason'])} without its reason")
    held = rank not in voids | claims and rank - sum(other < rank for other in voids) <= opened["qty"]
    need(held, f"{kind}: a rank that is not the next")
    if kind == "void":
        called, qty = state["void_ts"], opened["qty"]
        waited = ts - (state["result_ts"] if rank <= qty else called[rank - qty - 1])
        early = body["reason"] == "timeout" and min(body["waited_ms"], waited) < opened["claim_ms"]
        need(not early, "void: before the time was over")
        called.append(ts)
    state[f"{kind}s"].add(rank)


def check(record, digest, draws, winners, pools, crowds, slow):
    kind, body, draw = record["type"], record["body"], record["body"].get("draw")
    need(is_count(draw, 1), "log: a record without a draw")
    state = draws.setdefault(
        draw, {"claims": set(), "voids": set(), "void_ts": [], "pool": bytearray(), "beacon_at": 0, "note": ""}
    )
    try:
        after, words = AFTER.get(kind, (None, ""))
        need(kind == "open" or after in state, f"{kind}: without {words}")
        need("abort" not in state or kind == "open", f"{kind}: after the abort")
        need(kind != "abort" or "freeze" not in state, "abort: after the freeze")
        need(kind not in state, f"{kind}: twice")
        need(kind != "open" or draw == len(draws), "open: an attempt before it is missing")
        if kind == "open":
            check_open(body, state, pools(str(draw), None), winners)
        elif kind == "freeze":
            check_freeze(body, state, crowds.get(str(draw)))
        elif kind == "result":
            check_result(body, state, slow)
        elif kind != "abort":
            check_call(kind, body, state, record["ts"])
            return winners.add(body["eid"]) if kind == "claim" else None
        state |= {kind: body, f"{kind}_hash": digest, f"{kind}_ts": record["ts"]}
    except Broken as broken:
        raise Broken(draw, broken.args[1]) from None
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Broken(draw, f"{kind}: not well formed") from None


def listed_note(body, pool, listed, winners):
    """How a pool of people in the room differs from the newest `enter`, in which winners who are left out still stand."""
    out = winners if body["rule"]["exclude_winners"] else set()
    more = body["pool"]["n"] + len(out) - listed["n"]
    if more == 0:
        eids = sorted([eid for (eid,) in struct.iter_unpack("16s2x", pool)] + [bytes.fromhex(eid) for eid in out])
        same = merkle(sha(b"\0", eid, b"\0\1") for eid in eids) == listed["root"]
        return "" if same else ", other stubs than the last published check-in list"
    return f", {more} more than the last published check-in list" * (more > 0)


def told(state, now):
    """One line about a draw that holds."""
    opened, frozen, closes = state["open"], state.get("freeze"), state["open"]["close_at"]
    late = state.get("freeze_ts", state.get("abort_ts", now)) > closes + 2000
    if not frozen:
        off = "called off after closing" if state.get("abort_ts", 0) >= closes else "called off before the freeze"
        return (off if "abort" in state else "open, not frozen yet") + ", late" * late + state["note"]
    notes = ", freeze late" * late + ", opened less than 10 s before closing" * (state["open_ts"] + 10_000 > closes)
    notes += ", frozen before closing" * (state["freeze_ts"] < closes) + state["note"]
    if "result" not in state:
        waits = " waits for round {round} of the beacon {chain}".format(**opened["beacon"]) if opened["beacon"] else ""
        notes += ", its result" + (waits or " is being computed")
    elif opened["beacon"]:
        notes += ", compare drand's round {round} of chain {chain} yourself: ".format(**opened["beacon"])
        notes += state["result"]["beacon_sig"]
    trust = "L2" if frozen["crowd"]["m"] >= 3 and opened["delay"] >= 3 * FAST else "L1" if opened["secret"] else "L0"
    if opened["beacon"]:  # one that nobody can hold to its round is what the operator likes it to be, after the freeze
        known = state["freeze_ts"] >= state["beacon_at"]
        trust = "L0, the beacon could not be checked" if known else "L3 if the beacon is drand's"
    facts = f"{opened['pool']['n']} entrants, {frozen['crowd']['m']} contributions, {len(state['claims'])} claimed"
    return f"{facts}, {len(state['voids'])} passed on, trust {trust}{notes}"


def is_running(state, now):
    """Whether a frozen draw may still be without its result: a beacon may be out of reach for long."""
    return now and (state["open"]["beacon"] or now < state["freeze_ts"] + PATIENCE)


def verify(proof, slow=True, keep=True, now=0):
    """`([(draw, what holds), ...], head)`, or Broken. `slow=False` leaves the delay out; `keep=False` saves memory.

    With `now`, in milliseconds, a draw that nobody froze is late though no newer record says so, and one that was frozen
    a moment ago, or waits for its beacon, needs no result yet.
    """
    need(isinstance(proof, dict) and {"log", "pools", "crowds"} <= set(proof), "file: not a proof")
    pools, crowds = proof["pools"], proof["crowds"]
    need(isinstance(pools, dict) and isinstance(crowds, dict), "file: not a proof")
    try:
        log, hashes, draws, winners, listed = proof["log"], chain(proof["log"]), {}, set(), None
    except RecursionError:
        raise Broken(None, "log: nested too deeply") from None
    for record, digest in zip(log, hashes):
        if record["type"] == "enter":
            well = is_count(record["body"].get("n")) and is_hex(record["body"].get("root"), 32)
            need(well, f"enter: record {record['seq']} is not well formed")
            listed = record["body"]
        elif record["type"] != "genesis":
            check(record, digest, draws, winners, pools.get if keep else pools.pop, crowds, slow)
            if record["type"] == "open" and listed and record["body"]["rule"]["present"]:
                state = draws[record["body"]["draw"]]
                state["note"] = listed_note(record["body"], state["pool"], listed, winners)
    for draw, state in draws.items():
        if "freeze" in state and "result" not in state and not is_running(state, now):
            raise Broken(draw, "result: a frozen draw without one")
    return [(draw, told(state, max(now, log[-1]["ts"]))) for draw, state in draws.items()], hashes[-1]


def main(path):
    try:
        with open(path, encoding="utf-8") as file:
            need(file.seek(0, 2) <= 2**29, "larger than 512 MiB")
            file.seek(0)
            lines, head = verify(read(file.read()), keep=False, now=int(1000 * time.time()))
    except (OSError, ValueError, RecursionError, MemoryError, Broken) as error:
        draw, rule = error.args if isinstance(error, Broken) else (None, "cannot be read as a JSON proof")
        print(f"FAILED  {'file' if draw is None else f'draw {draw}'}: {rule}")
        return 1
    print(*[f"ok      draw {draw}: {line}\n" for draw, line in lines], sep="", end="")
    print(f"OK      {len(lines)} draws, head {head[:8]}: chain, pools, crowds, secrets, seeds, orders, claims, voids")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]) if len(sys.argv) == 2 else __doc__)
