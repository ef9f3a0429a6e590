#!/usr/bin/env python3
"""Recompute every draw of a raffle/1 proof file. Standard library only.

python verify.py proof.json        exit status 0: everything holds; 1: something does not, named by draw and rule
"""

import hashlib
import json
import re
import struct
import sys
import unicodedata

AFTER = {"freeze": "open", "result": "freeze", "claim": "result", "void": "result", "abort": "open"}
A = {"open": "an opening", "freeze": "a freeze", "result": "a result"}
FAST = 5_000_000  # iterations that a fast machine of 2026 does in a second
QUICKNET = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"  # drand: a round every 3 s
MOST_BYTES, MOST_DELAY = 512 * 2**20, 2_000_000_000


class Broken(Exception):
    """A rule that does not hold: (draw or None, rule)."""


def need(truth, draw, rule):
    if not truth:
        raise Broken(draw, rule)


def sha(data):
    return hashlib.sha256(data).digest()


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


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def merkle(leaves):
    """The RFC 6962 root in one pass: the stack holds the roots of whole subtrees, the largest first."""
    stack = []
    for count, node in enumerate(leaves, 1):
        while not count & 1:
            node, count = sha(b"\1" + stack.pop() + node), count >> 1
        stack.append(node)
    while len(stack) > 1:
        node = stack.pop()
        stack[-1] = sha(b"\1" + stack[-1] + node)
    return (stack[0] if stack else sha(b"")).hex()


def pool_leaves(draw, pool, winners, packed):
    """The leaves of a pool; `packed` gets its lines, 18 bytes each."""
    need(isinstance(pool, list), draw, "pool: not published")
    last = ""
    for line in pool:
        well = isinstance(line, list) and len(line) == 2 and is_hex(line[0], 16) and is_count(line[1], 1, 1000)
        need(well, draw, "pool: a line is not well formed")
        need(line[0] > last, draw, "pool: not ascending and unique")
        need(line[0] not in winners, draw, "pool: a previous winner is in it")
        last, packed_line = line[0], bytes.fromhex(line[0]) + line[1].to_bytes(2, "big")
        packed += packed_line
        yield sha(b"\0" + packed_line)


def check_open(draw, body, state, pool, winners):
    beacon, secret, rule = body["beacon"], body["secret"], body["rule"]["exclude_winners"]
    counts = is_count(body["qty"], 1) and is_count(body["delay"], 1, MOST_DELAY)
    well = counts and is_count(body["close_at"]) and is_count(body["claim_ms"]) and isinstance(rule, bool)
    well = well and (beacon is None or (isinstance(beacon["chain"], str) and is_count(beacon["round"], 1)))
    need(well and (secret is None or is_hex(secret, 32)), draw, "open: not well formed")
    state["pool"] = bytearray()
    root = merkle(pool_leaves(draw, pool, winners if rule else (), state["pool"]))
    content = {"n": len(pool), "w": sum(line[1] for line in pool), "root": root}
    need(canonical(body["pool"]) == canonical(content), draw, "pool: does not match the opening")
    known = beacon is not None and beacon["chain"] == QUICKNET
    state["beacon_at"] = 1000 * (1692803367 + 3 * (beacon["round"] - 1)) if known else None
    need(not known or state["beacon_at"] >= body["close_at"] + 3000, draw, "beacon: its round is too early")


def check_freeze(draw, body, state, crowd):
    need(body["open"] == state["open_hash"], draw, "freeze: of another opening")
    need(isinstance(crowd, list), draw, "crowd: not published")
    need(all(is_hex(nonce, 32) for nonce in crowd), draw, "crowd: a nonce is not well formed")
    need(all(a < b for a, b in zip(crowd, crowd[1:])), draw, "crowd: not ascending and unique")
    content = {"m": len(crowd), "root": merkle(sha(b"\0" + bytes.fromhex(nonce)) for nonce in crowd)}
    need(canonical(body["crowd"]) == canonical(content), draw, "crowd: does not match the freeze")
    need(isinstance(body["texts"], list), draw, "freeze: not well formed")
    spoken = {sha(b"raffle/1 text\0" + text.encode()).hex() for text in body["texts"]}
    need(spoken <= set(crowd), draw, "crowd: a spoken text is not in the list")
    committed, secret = state["open"]["secret"], body["secret"]
    if committed is None:
        need(secret is None, draw, "secret: none was committed")
    else:
        need(is_hex(secret, 32), draw, "secret: missing")
        need(sha(bytes.fromhex(secret)).hex() == committed, draw, "secret: is not the committed one")


def check_result(draw, body, state, slow):
    opened, frozen, salt = state["open"], state["freeze"], bytes.fromhex(state["open_hash"])
    need(body["freeze"] == state["freeze_hash"], draw, "result: of another freeze")
    need((body["beacon_sig"] is None) == (opened["beacon"] is None), draw, "beacon: missing or not declared")
    need(is_hex(body["seed"], 32), draw, "seed: not well formed")
    signature = body["beacon_sig"]
    need(signature is None or is_hex(signature, len(signature) // 2), draw, "beacon: not well formed")
    beacon = sha(bytes.fromhex(signature)) if signature else bytes(32)
    secret = bytes.fromhex(frozen["secret"]) if frozen["secret"] else bytes(32)
    x = sha(b"raffle/1 mix\0" + salt + bytes.fromhex(frozen["crowd"]["root"]) + secret + beacon)
    seed = bytes.fromhex(body["seed"])
    slow = not slow or hashlib.pbkdf2_hmac("sha256", x, salt, opened["delay"], 32) == seed
    need(slow, draw, "seed: is not what the inputs give")
    pool, order = struct.iter_unpack(">16sH", state.pop("pool")), bytearray()
    tickets = [min([sha(seed + eid + j.to_bytes(2, "big")) for j in range(weight)]) + eid for eid, weight in pool]
    tickets.sort()
    for ticket in tickets:
        order += ticket[32:]
    need(body["order"] == sha(order).hex(), draw, "order: is not what the seed gives")
    top = [ticket[32:].hex() for ticket in tickets[: opened["qty"]]]
    need(body["top"] == top, draw, "top: is not the head of the order")
    state["order"] = order  # 16 bytes an entrant


def check_winner(draw, kind, body, state):
    rank, order, void, claims = body["rank"], state["order"], state["voids"], state["claims"]
    right = is_count(rank, 1, len(order) // 16) and order[16 * rank - 16 : 16 * rank].hex() == body["eid"]
    need(right, draw, f"{kind}: the rank is somebody else's")
    if kind == "claim":
        need(body["by"] in ("phone", "desk"), draw, "claim: unknown way")
        need(len(claims) < state["open"]["qty"], draw, "claim: more than there are prizes")
    else:
        need(body["reason"] in ("timeout", "decline", "ineligible", "override"), draw, "void: unknown reason")
        early = body["reason"] == "timeout" and body["waited_ms"] < state["open"]["claim_ms"]
        need(is_count(body["waited_ms"]), draw, "void: not well formed")
        need(not early, draw, "void: before the time was over")
    passed = sum(other < rank for other in void)  # the ranks before this one that gave their place away
    held = rank not in void and rank not in claims and rank - passed <= state["open"]["qty"]
    need(held, draw, f"{kind}: a rank that is not the next")
    (claims if kind == "claim" else void).add(rank)


def trust(state):
    at = state["beacon_at"]
    if at is not None and state["freeze_ts"] < at:
        return "L3"
    if state["freeze"]["crowd"]["m"] >= 3 and state["open"]["delay"] >= FAST * 3:
        return "L2"
    return "L1" if state["open"]["secret"] else "L0"


def check_log(log):
    """The hash of each record; raises Broken for a record that is not well formed or does not follow."""
    need(isinstance(log, list) and log, None, "log: empty")
    previous, hashes = "0" * 64, []
    for seq, entry in enumerate(log):
        well = isinstance(entry, dict) and set(entry) == {"v", "seq", "prev", "ts", "type", "body"}
        need(well, None, f"log: record {seq} has other fields")
        need(entry["v"] == "raffle/1", None, f"log: record {seq} is of another version")
        known = isinstance(entry["type"], str) and (
            entry["type"] in AFTER or entry["type"] in ("genesis", "enter", "open")
        )
        need(known, None, f"log: record {seq} has an unknown type")
        well = isinstance(entry["body"], dict) and is_count(entry["ts"]) and is_canonical(entry)
        need(well, None, f"log: record {seq} is not well formed")
        need(type(entry["seq"]) is int and entry["seq"] == seq, None, f"chain: record {seq} is out of sequence")
        need(entry["prev"] == previous, None, f"chain: record {seq} does not follow the one before")
        hashes.append(previous := sha(canonical(entry)).hex())
    need(log[0]["type"] == "genesis", None, "log: does not begin with genesis")
    need(all(entry["type"] != "genesis" for entry in log[1:]), None, "log: a second genesis")
    return hashes


def check_record(entry, digest, draws, winners, pools, crowds, slow):
    kind, body = entry["type"], entry["body"]
    draw = body.get("draw")
    need(is_count(draw, 1), None, "log: a record without a draw")
    try:
        if kind == "open":
            need(draw not in draws, draw, "open: twice")
            state = {"open_hash": digest, "claims": set(), "voids": set()}
            check_open(draw, body, state, pools(str(draw)), winners)
            draws[draw] = state
        else:
            state = draws.get(draw, {})
            need(AFTER[kind] in state, draw, f"{kind}: without {A[AFTER[kind]]}")
            need("abort" not in state, draw, f"{kind}: after the abort")
            need(kind != "abort" or "freeze" not in state, draw, "abort: after the freeze")
            need(kind not in state, draw, f"{kind}: twice")
            if kind == "freeze":
                check_freeze(draw, body, state, crowds.get(str(draw)))
            elif kind == "result":
                check_result(draw, body, state, slow)
            elif kind in ("claim", "void"):
                check_winner(draw, kind, body, state)
                return winners.add(body["eid"]) if kind == "claim" else None
        state |= {kind: body, f"{kind}_hash": digest, f"{kind}_ts": entry["ts"]}
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Broken(draw, f"{kind}: not well formed") from None


def told(draw, state, newest):
    """One line about a draw that holds."""
    close_at, notes = state["open"]["close_at"], ""
    late = state.get("freeze_ts", state.get("abort_ts", newest)) > close_at + 2000
    if state["open_ts"] + 10_000 > close_at:
        notes += ", opened less than 10 s before closing"
    if "freeze" not in state:
        return ("called off before the freeze" if "abort" in state else "open, not frozen yet") + ", late" * late
    need("result" in state, draw, "result: a frozen draw without one")
    if state["freeze_ts"] < close_at:
        notes += ", frozen before closing"
    if state["open"]["beacon"]:
        notes += ", compare drand's round {round} of chain {chain} yourself".format(**state["open"]["beacon"])
    claims, voids, contributions = len(state["claims"]), len(state["voids"]), state["freeze"]["crowd"]["m"]
    facts = f"{state['open']['pool']['n']} entrants, {contributions} contributions, {claims} claimed"
    return f"{facts}, {voids} passed on, trust {trust(state)}" + ", freeze late" * late + notes


def verify(proof, slow=True, keep=True):
    """`([(draw, what holds), ...], head)`; raises Broken with the draw and the rule otherwise.

    `slow=False` leaves the delay out; `keep=False` takes the pools out of the proof as it goes (memory).
    """
    need(isinstance(proof, dict) and {"log", "pools", "crowds"} <= set(proof), None, "file: not a proof")
    pools, crowds = proof["pools"], proof["crowds"]
    need(isinstance(pools, dict) and isinstance(crowds, dict), None, "file: not a proof")
    try:
        log, hashes, draws, winners = proof["log"], check_log(proof["log"]), {}, set()
    except RecursionError:
        raise Broken(None, "log: nested too deeply") from None
    for entry, digest in zip(log, hashes):
        if entry["type"] not in ("genesis", "enter"):
            check_record(
                entry, digest, draws, winners, pools.get if keep else lambda key: pools.pop(key, None), crowds, slow
            )
    return [(draw, told(draw, state, log[-1]["ts"])) for draw, state in draws.items()], hashes[-1]


def main(path):
    try:
        with open(path, encoding="utf-8") as file:
            need(file.seek(0, 2) <= MOST_BYTES, None, "file: larger than 512 MiB")
            file.seek(0)
            proof = json.load(file)
        lines, head = verify(proof, keep=False)
    except OSError as error:
        print(f"FAILED  cannot read {path}: {error.strerror}")
    except Broken as broken:
        draw, rule = broken.args
        print(f"FAILED  {'file' if draw is None else f'draw {draw}'}: {rule}")
    except (ValueError, RecursionError, MemoryError):
        print("FAILED  file: not a JSON proof")
    else:
        for draw, line in lines:
            print(f"ok      draw {draw}: {line}")
        print(f"OK      {len(lines)} draws, head {head[:8]}")
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]) if len(sys.argv) == 2 else __doc__)
