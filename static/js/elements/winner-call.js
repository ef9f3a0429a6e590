/* <winner-call>: who is being called. One winner in flaps of 450 px with paper falling for nine seconds and a ring that
   empties; several winners on pages of cards. Somebody who did not answer turns grey before the next name falls in.
   `call.show(draw, clock)` takes the stage's state of the draw. Texts come from data attributes. */
import { Chads } from "./stub-pot.js";
import { pages, CARDS_PER_PAGE } from "../raffle/show.js";
import * as sound from "../raffle/sound.js";

const GREY_MS = 3200, PAGE_MS = 8000, CIRCLE = 176;
const letters = (text) => (Intl.Segmenter ? Array.from(new Intl.Segmenter().segment(text), (part) => part.segment) : [...text]);
const two = (value) => String(value).padStart(2, "0");
const make = (tag, className, text = "") => Object.assign(document.createElement(tag), { className, textContent: text });

class WinnerCall extends HTMLElement {
  connectedCallback() {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.chads = new Chads(this.querySelector("canvas"), still);
    this.greyUntil = 0; this.known = new Map(); this.page = 0; this.turned = performance.now();
    this.timer = setInterval(() => this.second(), 200);
    const frame = () => { if (!this.isConnected) return; this.chads.draw(); requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
  }

  disconnectedCallback() { clearInterval(this.timer); }

  show(draw, clock) {
    this.draw = draw; this.clock = clock;
    for (const winner of draw.winners) {
      if (winner.state === "absent" && this.known.get(winner.rank) === "calling") { this.grey = winner; this.greyUntil = performance.now() + GREY_MS; }
      if (winner.state === "here" && this.known.get(winner.rank) === "calling") { sound.bell(); this.chads.again(); }
      this.known.set(winner.rank, winner.state);
    }
    this.paint();
  }

  get many() { return this.draw.qty > 1; }

  /** Those who hold a prize now, in order; the newest name that was called last. */
  held() { return this.draw.winners.filter((winner) => winner.state !== "absent").slice(-this.draw.qty); }

  /** The next page of cards; false when there is none. */
  turnPage() {
    if (!this.draw || !this.many || this.page + 1 >= Math.ceil(this.held().length / CARDS_PER_PAGE)) return false;
    this.page += 1; this.turned = performance.now(); this.paint();
    return true;
  }

  paint() {
    const { draw } = this, grey = performance.now() < this.greyUntil ? this.grey : null;
    const held = this.held(), book = this.many ? pages(held) : [], count = Math.max(1, book.length);
    this.page = Math.min(this.page, count - 1);
    const one = grey && !this.many ? grey : held[0] || draw.winners.at(-1), shown = this.many ? book[this.page] || [] : [one].filter(Boolean);
    const calling = held.some((winner) => winner.state === "calling");
    document.body.dataset.state = !this.many && one?.state === "absent" ? "absent" : calling ? "calling" : "here";
    const key = JSON.stringify([shown, this.page, count]);
    if (key === this.key) return;
    this.key = key;
    const words = this.dataset, list = this.querySelector("[data-winners]");
    list.className = this.many ? `wcards n${Math.min(shown.length, CARDS_PER_PAGE)}` : "wone";
    list.replaceChildren(...shown.map((winner) => (this.many ? this.card(winner) : this.single(winner))));
    const write = (name, text) => { const node = this.querySelector(`[data-f="${name}"]`); node.textContent = text; node.hidden = !text; };
    write("draw", words.draw.replace("{n}", draw.number)); write("prize", draw.prize.name);
    write("proof", `${words.short}/${draw.number}`);
    write("page", count > 1 ? `${this.page + 1} / ${count}` : "");
    const next = grey && !this.many ? held.at(-1) : null;
    write("next", next ? words.next.replace("{n}", next.rank) : ""); write("nextno", next ? `No.${next.no}` : "");
    const passed = draw.winners.filter((winner) => winner.state === "absent").length;
    write("passed", passed && !grey && !this.many && one ? words.rank.replace("{n}", one.rank) : "");
    this.querySelector("[data-said]").textContent = shown.map((winner) => `${winner.name} ${words[winner.state] || ""}`).join(", ");
    this.second();
  }

  flaps(name, most) {
    const box = make("div", "wname flaps"), parts = letters(name);
    box.setAttribute("role", "img"); box.setAttribute("aria-label", name);
    const wide = parts.reduce((sum, part) => sum + (part > "\u2e7f" ? 1.19 : 1.19), 0);
    box.style.fontSize = `${Math.min(most.height, most.width / Math.max(1, wide))}rem`;
    box.append(...parts.map((part) => make("span", "", part)));
    return box;
  }

  where(winner) {
    const words = this.dataset;
    return winner.carriage ? words.seat.replace("{c}", two(winner.carriage)).replace("{s}", two(winner.seat)) : "";
  }

  single(winner) {
    const box = make("div", `wbox ${winner.state}`), line = make("p", "wseat num");
    line.append(make("span", "", this.where(winner)), make("span", "mono", `No.${winner.no}`));
    if (winner.state !== "calling") line.append(make("span", `wstate ${winner.state}`, this.dataset[winner.state]));
    box.append(this.flaps(winner.name, { height: 22, width: 106 }), line);
    return box;
  }

  card(winner) {
    const box = make("div", `wcard ${winner.state}`), line = make("p", "wseat num"), foot = make("p", "wleft num");
    line.append(make("span", "", this.where(winner)), make("span", "mono", `No.${winner.no}`));
    foot.dataset.deadline = winner.state === "calling" ? winner.deadline : "";
    foot.textContent = winner.state === "here" ? this.dataset.here : "";
    box.append(this.flaps(winner.name, { height: 6.4, width: 29 }), line, foot);
    return box;
  }

  /* Rings and counters follow the server's clock. */
  second() {
    if (!this.draw) return;
    const now = this.clock(), calling = this.held().filter((winner) => winner.state === "calling");
    const ring = this.querySelector("[data-cd]"), until = calling.length ? Math.min(...calling.map((winner) => winner.deadline)) : 0;
    const grey = performance.now() < this.greyUntil && !this.many;
    ring.hidden = !until || grey;
    const left = Math.max(0, (until - now) / 1000);
    ring.querySelector("text").textContent = String(Math.ceil(left));
    ring.querySelector("[data-arc]").setAttribute("stroke-dashoffset", String(CIRCLE * (1 - Math.min(1, left * 1000 / this.draw.claim_ms))));
    for (const foot of this.querySelectorAll(".wleft[data-deadline]")) {
      if (foot.dataset.deadline) foot.textContent = this.dataset.seconds.replace("{n}", Math.max(0, Math.ceil((foot.dataset.deadline - now) / 1000)));
    }
    if (this.greyUntil && !grey && this.grey) { this.grey = null; this.key = ""; this.chads.again(); this.paint(); }
    if (this.many && performance.now() - this.turned > PAGE_MS) {
      this.turned = performance.now();
      this.page = (this.page + 1) % Math.max(1, Math.ceil(this.held().length / CARDS_PER_PAGE)); this.paint();
    }
  }
}
customElements.define("winner-call", WinnerCall);
