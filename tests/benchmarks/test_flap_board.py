"""The flap board at 1920 × 1080 without a GPU: canvas against elements, in the same browser and the same run.

The board is made for 60 frames a second; held are FLOOR, on a machine that does nothing else, that elements in
the same run are not more fluent, and that over the whole show (ripple, departures, the last ones, the winner with the
falling paper) not one frame in twenty comes later than LATE_MS after the one before. `FPS_FLOOR=30` lowers both for a
machine that draws nothing faster.
"""

import functools
import http.server
import json
import os
import threading
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser
FLOOR = float(os.environ.get("FPS_FLOOR", "55"))
LATE_MS = 1.5 * 1000 / FLOOR  # p95 of the frame time: between a frame in its turn and one that missed its turn
PAPER_SECONDS = 9
ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = """<!doctype html><meta charset="utf-8"><style>*{margin:0}body{background:#0c100e;overflow:hidden}
flap-board{position:absolute;inset:0;display:block}#chads{position:absolute;inset:0}canvas{display:block;width:100%;height:100%}</style><body></body>"""
MEASURE = """async ({ count, dom, part }) => {
  const show = await import("/static/js/raffle/show.js");
  const pool = Array.from({ length: count }, (_, i) => ({ eid: String(i), name: "林小满", no: String(i).padStart(4, "0"),
    carriage: count > 130 ? null : Math.floor(i / 13) + 1, seat: count > 130 ? null : i % 13 + 1 }));
  const eids = pool.map((person) => person.eid), movie = part === "departures" ? show.film(eids, 1) : null;
  document.body.replaceChildren();
  const began = performance.now();
  let board;
  if (dom) {
    const { DomBoard } = await import("/tests/benchmarks/flap_board_dom.js");
    board = new DomBoard(document.body, pool);
  } else {
    await import("/static/js/elements/flap-board.js");
    const element = document.body.appendChild(document.createElement("flap-board"));
    element.show({ number: 4, pool, qty: 1, prize: { name: "蓝色空间号" }, open_hash: "", frozen_at: began,
      departures: movie && eids, start_at: began }, () => performance.now());
  }
  const ready = performance.now() - began, gaps = [];
  let last = 0;
  await new Promise((done) => requestAnimationFrame(function frame(now) {
    if (last) gaps.push(now - last);
    last = now;
    if (board) board.frame((now - began) / 1000, movie);
    if (now - began < 5200) requestAnimationFrame(frame); else done();
  }));
  const flowing = gaps.slice(10).sort((a, b) => a - b);
  return { fps: flowing.length && 1000 * flowing.length / flowing.reduce((a, b) => a + b, 0), p95: flowing[Math.floor(flowing.length * .95)], ready };
}"""


WHOLE = """async ({ count, paper }) => {
  const show = await import("/static/js/raffle/show.js"), RIPPLE = 2 * show.RIPPLE;
  await import("/static/js/elements/flap-board.js"); await import("/static/js/elements/winner-call.js");
  const pool = Array.from({ length: count }, (_, i) => ({ eid: String(i), name: "林小满", no: String(i).padStart(4, "0"),
    carriage: count > 130 ? null : Math.floor(i / 13) + 1, seat: count > 130 ? null : i % 13 + 1 }));
  const eids = pool.map((person) => person.eid), movie = show.film(eids, 1);
  document.body.replaceChildren();
  const began = performance.now(), draw = { number: 4, pool, qty: 1, prize: { name: "蓝色空间号" }, open_hash: "", frozen_at: began };
  const element = document.body.appendChild(document.createElement("flap-board")), clock = () => performance.now();
  element.show({ ...draw, departures: eids, start_at: began + RIPPLE * 1000 }, clock);
  const ends = { ripple: RIPPLE, departures: RIPPLE + movie.stepAt, "the last ones": RIPPLE + movie.winAt, winner: RIPPLE + movie.endAt + paper };
  const gaps = Object.fromEntries(Object.keys(ends).map((part) => [part, []]));
  let last = 0, called = false;
  await new Promise((done) => requestAnimationFrame(function frame(now) {
    const t = (now - began) / 1000, part = Object.keys(ends).find((name) => t < ends[name]);
    if (last && part) gaps[part].push(now - last);
    last = now;
    if (!called && t >= RIPPLE + movie.endAt) {
      called = true;
      document.body.innerHTML = `<winner-call data-draw="" data-seat="" data-here="" data-next="" data-rank="" data-seconds=""><canvas id="chads"></canvas>
        <p data-said></p><main><p><span data-f="draw"></span><span data-f="prize"></span><span data-f="page"></span></p><div data-winners></div></main>
        <p><span data-f="next"></span><span data-f="nextno"></span><span data-f="passed"></span><span data-f="proof"></span></p>
        <div data-cd><svg viewBox="0 0 64 64" width="120"><circle data-arc cx="32" cy="32" r="28" fill="none" stroke="#ffc23d" stroke-width="6" stroke-dasharray="176"/><text x="32" y="39"></text></svg></div></winner-call>`;
      const winners = [{ ...pool.at(-1), rank: 1, state: "calling", deadline: now + 60000 }];
      document.querySelector("winner-call").show({ ...draw, claim_ms: 60000, winners }, clock);
    }
    if (part) requestAnimationFrame(frame); else done();
  }));
  const middle = (list, share) => list.sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))];
  return Object.fromEntries(Object.entries(gaps).map(([part, list]) => [part, { frames: list.length,
    fps: 1000 * list.length / list.reduce((a, b) => a + b, 0), p50: middle(list, .5), p95: middle(list, .95), longest: Math.max(...list) }]));
}"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        """Say nothing."""

    def do_GET(self):
        if self.path != "/":
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE.encode())


@pytest.fixture(scope="module")
def page():
    from playwright.sync_api import sync_playwright

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(ROOT)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or "/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        tab = browser.new_page(viewport={"width": 1920, "height": 1080})
        tab.goto(f"http://127.0.0.1:{server.server_address[1]}/")
        yield tab
        browser.close()
    server.shutdown()


@pytest.mark.parametrize("part", ["ripple", "departures"])
@pytest.mark.parametrize("count", [130, 3000])
def test_the_canvas_board_is_at_least_as_fluent_as_elements(page, count, part):
    canvas = page.evaluate(MEASURE, {"count": count, "dom": False, "part": part})
    elements = page.evaluate(MEASURE, {"count": count, "dom": True, "part": part})
    print(json.dumps({"names": count, "part": part, "canvas": canvas, "elements": elements}))

    assert canvas["fps"] >= FLOOR
    assert canvas["fps"] >= 0.95 * min(60, elements["fps"])


@pytest.mark.long
@pytest.mark.parametrize("count", [130, 3000])
def test_the_whole_show_is_fluent_to_the_winner(page, count):
    parts = page.evaluate(WHOLE, {"count": count, "paper": PAPER_SECONDS})
    print()
    for part, found in parts.items():
        kept = "kept" if found["p95"] <= LATE_MS else "MISSED"
        print(
            f"{count:5} names, {part:14} {found['fps']:5.1f} frames a second, p50 {found['p50']:5.1f}, p95 {found['p95']:6.1f}, "
            f"longest {found['longest']:6.1f} ms (goal: p95 at most {LATE_MS:.1f}) {kept}"
        )

    assert all(found["frames"] > 10 for found in parts.values())
    assert {part: found["p95"] for part, found in parts.items() if found["p95"] > LATE_MS} == {}
