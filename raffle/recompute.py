"""Recompute who won in a proof file of raffle/1: python3 recompute.py proof.json (standard library only).
Read it beside the protocol. NOT checked here (verify.py checks the rest): times, reasons, what a value may be, which
record follows which, earlier winners, texts from the room, the beacon's round, check-in lists, draws without a result.
"""

import json
import sys
from hashlib import pbkdf2_hmac, sha256


def need(holds, rule):
    if not holds:
        raise AssertionError(rule)


def root(lines):
    nodes = [sha256(b"\0" + line).digest() for line in lines] or [sha256().digest()]
    while len(nodes) > 1:  # neighbours are hashed together, an odd last one moves up
        pairs = [sha256(b"\1" + left + right).digest() for left, right in zip(nodes[::2], nodes[1::2])]
        nodes = pairs + nodes[2 * len(pairs) :]
    return nodes[0].hex()


def recompute(records, pool, crowd):
    once = {kind: {**body, "hash": head} for kind, body, head in records if kind not in ("claim", "void")}
    calls = {body["rank"]: (kind, body["eid"]) for kind, body, _ in records if kind in ("claim", "void")}
    need(len(once) + len(calls) == len(records), "log: an opening, a freeze, a result or a rank is there twice")
    if "result" not in once and not calls:
        return "no result"
    opened, frozen, result = once["open"], once["freeze"], once["result"]
    need(opened["delay"] <= 100_000_000, "open: a delay of more than 100000000 steps")

    entrants = [(bytes.fromhex(eid), n) for eid, n in pool]
    need(entrants == sorted(dict(entrants).items()), "pool: not ascending and unique")
    told = {"n": len(pool), "w": sum(n for _, n in pool), "root": root(e + n.to_bytes(2, "big") for e, n in entrants)}
    need(opened["pool"] == told, "pool: does not match the opening")
    nonces = [bytes.fromhex(nonce) for nonce in crowd]
    need(nonces == sorted(set(nonces)), "crowd: not ascending and unique")
    need(frozen["crowd"] == {"m": len(nonces), "root": root(nonces)}, "crowd: does not match the freeze")
    salt, secret, sign = map(bytes.fromhex, (opened["hash"], frozen["secret"] or "", result["beacon_sig"] or ""))
    need(opened["secret"] == (sha256(secret).hexdigest() if secret else None), "secret: is not the committed one")
    need(bool(opened["beacon"]) == bool(sign), "beacon: missing or not declared")

    inputs = bytes.fromhex(root(nonces)) + (secret or bytes(32)) + (sha256(sign).digest() if sign else bytes(32))
    seed = pbkdf2_hmac("sha256", sha256(b"raffle/1 mix\0" + salt + inputs).digest(), salt, opened["delay"])
    need(result["seed"] == seed.hex(), "seed: is not what the inputs give")
    stubs = [(min(sha256(seed + eid + j.to_bytes(2, "big")).digest() for j in range(n)), eid) for eid, n in entrants]
    order = [eid.hex() for _, eid in sorted(stubs)]
    need(result["order"] == sha256(bytes.fromhex("".join(order))).hexdigest(), "order: is not what the seed gives")
    need(result["top"] == order[: opened["qty"]], "top: is not the head of the order")
    voids = [rank for rank, (kind, _) in calls.items() if kind == "void"]
    for rank, (kind, eid) in calls.items():
        need((rank, eid) in enumerate(order, 1), f"{kind}: the rank is somebody else's")
        need(rank - sum(void < rank for void in voids) <= opened["qty"], f"{kind}: a rank that is not the next")
    return f"{len(order)} entrants, won by: " + " ".join(eid for kind, eid in calls.values() if kind == "claim")


if __name__ == "__main__":
    where, head, draws, said = "file", "0" * 64, {}, []
    try:
        proof = json.load(open(sys.argv[1], encoding="utf-8"))
        for n, record in enumerate(proof["log"]):
            need(record["seq"] == n, f"chain: record {n} is out of sequence")
            need(record["prev"] == head, f"chain: record {n} does not follow the one before")
            text = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            head = sha256(text.encode()).hexdigest()
            draws.setdefault(record["body"].get("draw"), []).append((record["type"], record["body"], head))
        del draws[None]  # the genesis and the check-in lists
        for number, records in draws.items():
            where = f"draw {number:d}"
            said.append(f"{where}: {recompute(records, proof['pools'][str(number)], proof['crowds'].get(str(number)))}")
    except Exception as error:
        print(f"FAILED {where}:", error if type(error) is AssertionError else "cannot be read as a proof")
        sys.exit(1)
    print(*said, f"OK head {head[:8]}", sep="\n")
