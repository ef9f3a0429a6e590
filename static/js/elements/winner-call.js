/* <winner-call>: who is being called. One winner in flaps of 450 px with paper falling for nine seconds and a ring that
   empties; several winners on pages of cards, each with its own time. Somebody who is passed over turns grey, with the
   reason, before the next name falls in. `call.show(draw, clock)` takes the stage's state of the draw; `turn()` is the
   rank that the stage's keys mean; no page turns by itself while one is held (data-held). Texts come from data attributes. */
import { Chads } from "./stub-pot.js";
import { pageMs, pages, CARDS_PER_PAGE } from "../raffle/show.js";
import { flaps } from "../raffle/names.js";
import * as sound from "../raffle/sound.js";

const GREY_MS = 3200, CIRCLE = 176;
const ONE = { width: 106, height: 30.4 }, CARD = { width: 30, height: 8.6 };
const two = (value) => String(value).padStart(2, "0");
const make = (tag, className, text = "") => Object.assign(document.createElement(tag), { className, textContent: text });

class WinnerCall extends HTMLElement {
  connectedCallback() {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.chads = new Chads(this.querySelector("canvas"), still);
    this.known = new Map(); this.grey = new Map(); this.slots = null; this.page = 0; this.round = 0; this.turned = performance.now();
    this.timer = setInterval(() => this.second(), 200);
    const frame = () => { if (!this.isConnected) return; this.chads.draw(); requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
  }

  disconnectedCallback() { clearInterval(this.timer); }

  show(draw, clock) {
    this.draw = draw; this.clock = clock;
    for (const winner of draw.winners) {
      const before = this.known.get(winner.rank);
      if (winner.state === "absent" && before === "calling") this.grey.set(winner.rank, performance.now() + GREY_MS);
      if (winner.state === "here" && before === "calling") { sound.bell(); this.chads.again(); }
      if (before === "calling" && winner.state !== before) this.open(winner.rank);
      this.known.set(winner.rank, winner.state);
    }
    this.paint();
  }

  get many() { return this.draw.qty > 1; }

  isGrey(rank) { return performance.now() < (this.grey.get(rank) ?? 0); }

  /** Each prize has its place: who holds it now, or, for a moment, who was just passed over. */
  people() {
    const by = new Map(this.draw.winners.map((winner) => [winner.rank, winner]));
    const held = this.draw.winners.filter((winner) => winner.state !== "absent").map((winner) => winner.rank);
    this.slots ??= held.slice(0, this.draw.qty);
    const gone = (rank) => by.get(rank)?.state === "absent" && !this.isGrey(rank);
    const waiting = held.filter((rank) => !this.slots.includes(rank));
    this.slots = this.slots.map((rank) => (gone(rank) ? waiting.shift() : rank)).filter((rank) => rank !== undefined && by.has(rank));
    while (this.slots.length < this.draw.qty && waiting.length) this.slots.push(waiting.shift());
    if (!this.slots.length && this.draw.winners.length) return [this.draw.winners.at(-1)]; // nobody is left in line
    return this.slots.map((rank) => by.get(rank));
  }

  /* The room sees whose turn ended: their page of cards opens, and stays for its time. Not before every page was seen once:
     who stands on the last one has the same time to answer. */
  open(rank) {
    if (!this.round) return;
    const place = this.slots?.indexOf(rank) ?? -1;
    if (place >= 0) { this.page = Math.floor(place / CARDS_PER_PAGE); this.turned = performance.now(); }
  }

  /** The rank that a key means: the first one that is being called, of those that the room sees. */
  turn() { return this.seen?.find((winner) => winner.state === "calling")?.rank ?? null; }

  /** The next page of cards; false when there is none. */
  turnPage() {
    if (!this.draw || !this.many || this.page + 1 >= Math.ceil(this.people().length / CARDS_PER_PAGE)) return false;
    this.page += 1; this.turned = performance.now(); this.paint();
    return true;
  }

  paint() {
    const { draw } = this, words = this.dataset, people = this.people();
    const book = this.many ? pages(people) : [people.slice(0, 1)], count = Math.max(1, book.length);
    this.page = Math.min(this.page, count - 1);
    const shown = this.seen = book[this.page] ?? [], one = shown[0], grey = !this.many && one?.state === "absent";
    document.body.dataset.state = grey ? "absent" : people.some((winner) => winner.state === "calling") ? "calling" : "here";
    const key = JSON.stringify([shown, this.page, count, draw.winners.length]);
    if (key === this.key) return;
    this.key = key;
    this.place(shown);
    const write = (name, text) => { const node = this.querySelector(`[data-f="${name}"]`); node.textContent = text; node.hidden = !text; };
    write("draw", words.draw.replace("{n}", draw.number)); write("prize", draw.prize.name);
    write("proof", `${words.short}/${draw.number}`);
    write("page", count > 1 ? `${this.page + 1} / ${count}` : "");
    const next = grey ? draw.winners.find((winner) => winner.state === "calling") : null;
    write("next", next ? words.next.replace("{n}", next.rank) : ""); write("nextno", next ? `No.${next.no}` : "");
    write("passed", !this.many && !grey && one && one.rank > 1 ? words.rank.replace("{n}", one.rank) : "");
    this.querySelector("[data-said]").textContent = shown.map((winner) => `${winner.name} ${this.saying(winner)}`).join(", ");
    this.second();
  }

  /* Who stands there already stays: a name falls in once. */
  place(shown) {
    const list = this.querySelector("[data-winners]"), turn = this.many ? this.turn() : null;
    list.className = this.many ? `wcards n${Math.min(shown.length, CARDS_PER_PAGE)}` : "wone";
    const old = new Map(Array.from(list.children, (node) => [node.dataset.rank, node]));
    const nodes = shown.map((winner) => old.get(String(winner.rank)) ?? this.box(winner));
    if (nodes.length !== list.children.length || nodes.some((node, k) => list.children[k] !== node)) list.replaceChildren(...nodes);
    shown.forEach((winner, k) => {
      const node = nodes[k], state = node.querySelector(".wstate"), left = node.querySelector(".wleft");
      node.className = `${this.many ? "wcard" : "wbox"} ${winner.state}${winner.rank === turn ? " turn" : ""}`;
      left.dataset.deadline = winner.state === "calling" ? winner.deadline : "";
      if (this.many) left.textContent = this.saying(winner);
      else { state.textContent = this.saying(winner); state.className = `wstate ${winner.state}`; state.hidden = winner.state === "calling"; }
    });
  }

  /** What the room reads of somebody: nothing while they are called; why they were passed over. */
  saying(winner) {
    const words = this.dataset;
    if (winner.state !== "absent") return winner.state === "here" ? words.here : "";
    const last = !this.draw.winners.some((other) => other.state !== "absent");
    const why = winner.reason === "timeout" ? words.absent : winner.reason === "decline" ? words.declined : words.override.replace("{text}", winner.text || "");
    return last && winner.reason === "timeout" ? words.nobody : why;
  }

  where(winner) {
    const words = this.dataset;
    return winner.carriage ? words.seat.replace("{c}", two(winner.carriage)).replace("{s}", two(winner.seat)) : "";
  }

  box(winner) {
    const box = make("div", ""), line = make("p", "wseat num");
    box.dataset.rank = winner.rank;
    line.append(make("span", "", this.where(winner)), make("span", "mono", `No.${winner.no}`));
    if (!this.many) line.append(make("span", "wstate"));
    box.append(flaps(winner.name, this.many ? CARD : ONE), line, make("p", "wleft num"));
    return box;
  }

  /* Rings and counters follow the server's clock. */
  second() {
    if (!this.draw) return;
    const now = this.clock(), calling = this.people().filter((winner) => winner.state === "calling");
    const ring = this.querySelector("[data-cd]"), until = calling.length ? Math.min(...calling.map((winner) => winner.deadline)) : 0;
    ring.hidden = !until || document.body.dataset.state === "absent";
    const left = Math.max(0, (until - now) / 1000);
    ring.querySelector("text").textContent = String(Math.ceil(left));
    ring.querySelector("[data-arc]").setAttribute("stroke-dashoffset", String(CIRCLE * (1 - Math.min(1, left * 1000 / this.draw.claim_ms))));
    for (const foot of this.many ? this.querySelectorAll(".wleft[data-deadline]") : []) {
      if (foot.dataset.deadline) foot.textContent = this.dataset.seconds.replace("{n}", Math.max(0, Math.ceil((foot.dataset.deadline - now) / 1000)));
    }
    const over = [...this.grey].filter(([, until_]) => performance.now() >= until_);
    if (over.length) {
      for (const [rank] of over) this.grey.delete(rank);
      this.key = ""; this.chads.again(); this.paint();
    }
    const count = Math.max(1, Math.ceil(this.people().length / CARDS_PER_PAGE));
    if (this.many && !this.hasAttribute("data-held") && performance.now() - this.turned > pageMs(this.draw.claim_ms, count)) {
      this.turned = performance.now();
      if (this.page + 1 >= count) this.round += 1;
      this.page = (this.page + 1) % count; this.paint();
    }
  }
}
customElements.define("winner-call", WinnerCall);
