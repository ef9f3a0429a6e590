"""An attacker with a fast line: `python -m tests.benchmarks.flood` reads {"url", "mine", "draw", "late", "eve", "seconds"}.

Numbers for the raffle by the ten thousand a second, on many connections without waiting for an answer: fresh ones of one
ticket, of a wrong size, replayed, for a draw that is over, of a second ticket, of strangers and with a forged
pass. Prints as a line of JSON, when the time is over, what was offered, what the system's sockets took
(where it waits until the server reads it; the rest waits in this process), what was lost before that, what was answered, and how many
connections were answered at all.
"""

import asyncio
import json
import secrets
import sys
import time
from collections import Counter
from urllib.parse import urlsplit

A_SECOND, CONNECTIONS, EVERY = 10_000, 64, 0.05
MOST_UNSENT = 4 * 2**20  # bytes that wait on one connection; what the server takes no longer is offered and lost


def request(address, cookies, body) -> bytes:
    csrf = secrets.token_hex(16)
    cookie = "; ".join(f"{name}={value}" for name, value in (cookies | {"nextstop_csrf": csrf}).items())
    data = json.dumps(body).encode()
    lines = ["POST /attend/beijing/raffle/nonce/ HTTP/1.1", f"Host: {address.netloc}", f"Cookie: {cookie}"]
    lines += [f"X-CSRFToken: {csrf}", "Content-Type: application/json", f"Content-Length: {len(data)}", "", ""]
    return "\r\n".join(lines).encode() + data


def kinds(address, told) -> list[list[bytes]]:
    """Ready requests of each kind of attack."""
    mine, draw, again = told["mine"], told["draw"], secrets.token_hex(32)
    forged = {name: f"{value[:-4]}0000" for name, value in mine.items()}

    def made(count, cookies, number, nonce):
        return [request(address, cookies, {"draw": number, "nonce": nonce()}) for _ in range(count)]

    return [
        made(500, mine, draw, lambda: secrets.token_hex(32)),
        made(20, mine, draw, lambda: "ab" * 5_000),
        made(20, mine, draw, lambda: again),
        made(20, mine, told["late"], lambda: secrets.token_hex(32)),
        made(20, told["eve"], draw, lambda: secrets.token_hex(32)),
        made(20, {}, draw, lambda: secrets.token_hex(32)),
        made(20, forged, draw, lambda: secrets.token_hex(32)),
    ]


async def read(reader, answers, heard):
    rest = b""
    while block := await reader.read(65536):
        heard.add(reader)
        rest += block
        *lines, rest = rest.split(b"HTTP/1.1 ")
        answers.update(line[:3].decode() for line in lines[1:])
        rest = b"HTTP/1.1 " + rest
        answers[rest[9:12].decode()] += 0


async def main():
    told = json.loads(sys.stdin.readline())
    address, answers, offered, lost = urlsplit(told["url"]), Counter(), 0, 0
    ready, pairs, heard, written = kinds(address, told), [], set(), 0
    for _ in range(CONNECTIONS):
        pairs.append(await asyncio.open_connection(address.hostname, address.port))
    tasks = [asyncio.create_task(read(reader, answers, heard)) for reader, _writer in pairs]
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    began, at = time.monotonic(), 0
    while (passed := time.monotonic() - began) < told["seconds"]:
        while offered < passed * A_SECOND:
            writer = pairs[at % CONNECTIONS][1]
            at += 1
            kind = ready[at % len(ready)]
            batch = [kind[(offered + n) % len(kind)] for n in range(10)]
            offered += len(batch)
            if writer.is_closing() or writer.transport.get_write_buffer_size() > MOST_UNSENT:
                lost += len(batch)
            else:
                data = b"".join(batch)
                written += len(data)
                writer.write(data)
        await asyncio.sleep(EVERY)
    for task in tasks:
        task.cancel()
    counts = {status: count for status, count in answers.items() if count}
    waiting = sum(writer.transport.get_write_buffer_size() for _reader, writer in pairs)
    left = (offered - lost) * (1 - waiting / max(1, written))
    found = {"seconds": round(passed, 1), "offered": offered, "sent": round(left), "not taken": lost}
    print(json.dumps(found | {"answered": counts, "connections answered": len(heard)}), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
