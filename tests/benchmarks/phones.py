"""A hall of phones, as light as they can be: `python -m tests.benchmarks.phones` reads {"url", "phones"} from its input.

Each holds the live stream, reads its state when a draw moves (and every few seconds while one runs), and sends a random
number by itself when the countdown starts: what static/js/elements/raffle-phone.js does. Prints "connected" once, then a
line of JSON with what was answered when its input ends.
"""

import asyncio
import json
import random
import secrets
import sys
from collections import Counter
from urllib.parse import urlsplit

DURING = {"open", "frozen", "drawn", "calling"}


class Phone:
    def __init__(self, address, cookies, answers):
        self.address, self.answers, self.sent, self.looking = address, answers, None, set()
        self.reading = self.again = self.open = False
        self.csrf = secrets.token_hex(16)
        jar = cookies | {"nextstop_csrf": self.csrf}
        self.cookie = "; ".join(f"{name}={value}" for name, value in jar.items())

    async def ask(self, path, body=None):
        reader, writer = await asyncio.open_connection(self.address.hostname, self.address.port)
        data = json.dumps(body).encode() if body is not None else b""
        lines = [f"{'POST' if data else 'GET'} {path} HTTP/1.1", f"Host: {self.address.netloc}", "Connection: close"]
        lines += [f"Cookie: {self.cookie}", f"X-CSRFToken: {self.csrf}", f"Content-Length: {len(data)}"]
        lines += ["Content-Type: application/json", "Accept: application/json", "", ""]
        writer.write("\r\n".join(lines).encode() + data)
        answer = await reader.read()
        writer.close()
        head, _, text = answer.partition(b"\r\n\r\n")
        status = head[9:12].decode()
        self.answers[f"{'POST' if data else 'GET'} {status}"] += 1
        return json.loads(text) if status == "200" else None

    async def stream(self, connected):
        reader, writer = await asyncio.open_connection(self.address.hostname, self.address.port)
        head = f"GET /live/beijing/ HTTP/1.1\r\nHost: {self.address.netloc}\r\nCookie: {self.cookie}\r\n\r\n"
        writer.write(head.encode())
        topic = ""
        while line := await reader.readline():
            if line.startswith(b"event: "):
                topic = line[7:].strip().decode()
                if topic == "hello":
                    connected()
            elif line.startswith(b"data: ") and topic == "draw":
                said = json.loads(line[6:])
                spread = 1.5 if said.get("phase") == "open" else 2.5
                asyncio.get_running_loop().call_later(random.random() * spread, self.look)

    def look(self):
        self.start(self.read())

    def start(self, work):
        task = asyncio.ensure_future(work)
        self.looking.add(task)
        task.add_done_callback(self.looking.discard)

    async def read(self):
        """One request at a time, as the page does; what changed meanwhile is read once more afterwards."""
        if self.reading:
            self.again = True
            return True
        self.reading = True
        state = await self.ask("/attend/beijing/raffle/state.json")
        self.reading = False
        draw = (state or {}).get("draw")
        self.open = bool(draw and draw["phase"] == "open" and state["me"]["in_draw"])
        if self.open and self.sent != draw["number"]:
            self.sent = draw["number"]
            asyncio.get_running_loop().call_later(random.random() * 3, self.start, self.contribute(draw["number"]))
        if self.again:
            self.again = False
            self.look()
        return bool(draw and draw["phase"] in DURING)

    async def contribute(self, number):
        if self.open and self.sent == number:
            await self.ask("/attend/beijing/raffle/nonce/", {"draw": number, "nonce": secrets.token_hex(32)})

    async def poll(self):
        during = False
        while True:
            await asyncio.sleep((12 if during else 20) * random.uniform(0.8, 1.2))
            during = await self.read()


async def main():
    wanted = json.loads(sys.stdin.readline())
    answers, connected, address = Counter(), Counter(), urlsplit(wanted["url"])

    def one_more():
        connected["n"] += 1
        if connected["n"] == len(wanted["phones"]):
            print("connected", flush=True)

    tasks = []
    for cookies in wanted["phones"]:
        phone = Phone(address, cookies, answers)
        tasks += [asyncio.create_task(phone.stream(one_more)), asyncio.create_task(phone.poll())]
        await asyncio.sleep(0.01)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    for task in tasks:
        task.cancel()
    print(json.dumps(answers), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
