/* <raffle-show>: the raffle on the stage, from the pot to "I'm here". It only shows what the server says and survives a
   crash of this machine: the film is computed from the public seed and the server's clock.
   Keys (a clicker sends PageDown): Space, → or PageDown held for 0.8 s opens the draw of the next prize, pressed once it
   goes on; A held passes over (an organiser with the reason of the data attribute, a host when the time is over); H held
   hands the prize over at the stage, both for whom the key meant when it went down; S arms the sound. Nothing is visible to the room, and no key works while somebody
   types. "Go" moves the picture at once and asks the server meanwhile: what it refuses is taken back, with the reason in a
   corner for whoever stands at this machine. */
import "./flap-board.js";
import "./head-marks.js";
import "./winner-call.js";
import { StubPot } from "./stub-pot.js";
import { count, title } from "../raffle/words.js";
import * as sound from "../raffle/sound.js";
import { departuresStartMs, film } from "../raffle/show.js";
import { canDelay, departures, order } from "../raffle/protocol.js";

const HOLD_MS = 800, OWN_AFTER_MS = 500, OFF_MS = 60000, LOCK_MS = 1100, ANSWER_MS = 6000, SIGN_MS = 10000;
const GO = new Set([" ", "ArrowRight", "PageDown", "Enter"]);
const SCENES = { pot: "st-pot", board: "st-raffle", winner: "st-winner" };
const bare = (key) => (key.length === 1 ? key.toLowerCase() : key); // Shift may go up before the letter does
const random = (bytes) => Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (b) => b.toString(16).padStart(2, "0")).join("");

class RaffleShow extends HTMLElement {
  connectedCallback() {
    this.stop = new AbortController();
    const on = (target, name, act) => target.addEventListener(name, act, { signal: this.stop.signal });
    on(document, "live:draw", ({ detail }) => this.heard(detail ?? {}));
    for (const topic of ["raffle", "door", "reconnect"]) on(document, `live:${topic}`, () => this.read());
    on(document, "keydown", (event) => this.keyDown(event));
    on(document, "keyup", (event) => this.keyUp(event));
    on(globalThis, "blur", () => this.letGo()); // its keyup goes to another window
    on(document, "visibilitychange", () => { if (document.hidden) this.letGo(); });
    this.addEventListener("board:end", () => this.reveal());
    this.view = ""; this.offset = 0; this.stills = matchMedia("(prefers-reduced-motion: reduce)");
    this.reader = setInterval(() => this.read(), 1500);
    this.clock = setInterval(() => this.second(), 200);
    this.read();
    const frame = () => { if (!this.isConnected) return; if (this.view === "pot" && this.pot) this.pot.draw(); requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
  }

  disconnectedCallback() { this.stop.abort(); clearInterval(this.reader); clearInterval(this.clock); this.worker?.terminate(); }

  /* The stage went from one scene of the raffle to another: the picture goes on, only where it begins may have changed. */
  follow(coming) {
    if (coming.shown !== this.dataset.shown) {
      this.wentOn = null;
      if (coming.view === "pot") this.view = ""; // from a winner back to the box
    }
    Object.assign(this.dataset, coming);
    if (this.state) this.apply();
    this.read();
  }

  now() { return Date.now() + this.offset; }

  async read() {
    if (this.reading) { this.again = true; return; }
    this.reading = true;
    try {
      const asked = performance.now(), answer = await fetch(this.dataset.state + this.alone(), { headers: { Accept: "application/json" } });
      if (answer.ok && !answer.redirected) {
        const state = await answer.json(), lag = (performance.now() - asked) / 2, offset = state.server_now + lag - Date.now();
        if (this.state === undefined || Math.abs(offset - this.offset) > 150) this.offset = offset; // small corrections would make the film stutter
        this.state = state; this.apply();
      }
    } catch { /* the network is away: what runs goes on */ }
    this.reading = false;
    if (this.again) { this.again = false; this.read(); }
  }

  /** Where this browser cannot compute the delay, the server does it twice at once: nobody here has a result of their own
      when its worker dies. */
  alone() { return canDelay(this.state?.draw?.delay ?? Infinity) ? "" : "?alone"; }

  apply() {
    const { state } = this;
    this.compare(state.draw);
    const draw = this.going(this.withResult(state.draw)), view = this.viewOf(draw);
    if (view !== this.view || (view !== "pot" && draw.number !== this.number)) this.enter(view, draw);
    if (view === "pot") this.showPot(draw);
    if (view === "board") this.querySelector("flap-board").show(this.dressed(draw), () => this.now());
    if (view === "winner") this.querySelector("winner-call").show(draw, () => this.now());
    if (draw?.phase === "frozen" && !draw.departures) this.compute(draw);
    if (state.calibrate) this.calibrate();
    for (const node of this.querySelectorAll("head-marks")) node.setAttribute("numbers", state.pictograms.join(" "));
    for (const node of this.querySelectorAll("[data-short-head]")) this.write(node, state.short_head);
  }

  /** What the stream says of a draw that another hand has opened is enough for the countdown; the rest is read. */
  heard({ phase, number, prize, pool, close_at, seal }) {
    const next = this.state?.next_prize;
    if (phase === "open" && next?.id === prize && number > (this.state.draw?.number ?? 0)) this.ask(number, next, pool, close_at, seal);
    this.read();
  }

  ask(number, prize, length, close_at, open_hash = "") {
    this.asking = { number, phase: "open", prize, pool: { length }, open_hash, contributions: 0, close_at };
    this.apply();
  }

  /** The draw that was just asked for, until the server has said its own: the countdown is on the stage at the press. */
  going(draw) {
    if (!this.asking || (draw && draw.number >= this.asking.number)) { this.asking = null; return draw; }
    return this.asking;
  }

  /** Pot, board or winner: by the phase, but a film that runs is seen to its end. */
  viewOf(draw) {
    if (!draw || draw.phase === "aborted" || draw.phase === "open") return "pot";
    if (draw.phase === "done" && this.wentOn === draw.number) return "pot";
    if (this.dataset.view === "pot" && draw.phase === "done" && this.view !== "winner") return "pot";
    if (draw.phase === "done" && this.dataset.view === "draw" && draw.drawn_at < Number(this.dataset.shown)) return "pot"; // an earlier draw's winner
    if (this.locking(draw)) return "pot";
    if (draw.phase === "frozen" || draw.phase === "drawn") return "board";
    const end = draw.departures && !this.stills.matches ? this.startOf(draw) + film(draw.departures, draw.qty).endAt * 1000 : 0;
    return this.now() < end ? "board" : "winner";
  }

  /** For a moment the room sees the lock on the box, before its names stand on the board. */
  locking(draw) {
    if (this.view !== "pot" || this.stills.matches || this.closeAt !== draw.close_at || !["frozen", "drawn"].includes(draw.phase)) return false;
    const left = draw.frozen_at + LOCK_MS - this.now();
    if (left > 0) { clearTimeout(this.unlocking); this.unlocking = setTimeout(() => this.apply(), left); }
    return left > 0;
  }

  startOf(draw) { return draw.start_at ?? departuresStartMs(draw.frozen_at, draw.drawn_at); }

  /** The server's result; or, when it is not there a moment later, what this machine has computed from the same public
      numbers: a worker that was killed in the spin costs the room nothing. */
  withResult(draw) {
    const own = this.own;
    if (!draw || draw.departures) return this.startingOnce(draw);
    if (!own || own.number !== draw.number || this.now() < own.at + OWN_AFTER_MS) return draw;
    const start_at = departuresStartMs(draw.frozen_at, own.at + OWN_AFTER_MS);
    return this.startingOnce({ ...draw, departures: own.departures, start_at });
  }

  /** A film that has a start on this machine keeps it: neither a reload, nor a browser that crashed and took the tab's own
      memory with it, nor the server's later result moves it. */
  startingOnce(draw) {
    if (!draw?.departures) return draw;
    const key = `film-${draw.number}-${draw.frozen_at}`;
    try {
      const kept = Number(localStorage.getItem(key)) || this.startOf(draw);
      localStorage.setItem(key, kept);
      return { ...draw, start_at: kept };
    } catch { return draw; } // no storage in this window: the film starts by the state alone
  }

  /** Two machines, one result. A server that has another one is told of on the stage, and the sign stays. */
  compare(draw) {
    const own = this.own;
    if (!draw?.departures || own?.number !== draw.number || own.departures.join() === draw.departures.join()) return;
    if (this.differs !== draw.number) { this.differs = draw.number; clearTimeout(this.signed); }
    this.write(this.querySelector("[data-why]"), this.dataset.differs.replace("{n}", draw.number));
  }

  /** The spin is the computation: this machine does it as well. */
  compute(draw) {
    if (this.computing === draw.number || !canDelay(draw.delay) || !draw.crowd_root || (draw.beacon && !draw.beacon.signature)) return;
    this.computing = draw.number;
    this.worker?.terminate();
    this.worker = new Worker(new URL("../raffle/delay-worker.js", import.meta.url), { type: "module" });
    this.worker.onmessage = ({ data }) => {
      if (!data.seed) return;
      const eids = order(data.seed, draw.pool.map((person) => [person.eid, person.weight]));
      this.own = { number: draw.number, at: this.now(), departures: departures(data.seed, eids, eids.slice(0, draw.qty)) };
      this.compare(this.state.draw);
      setTimeout(() => this.apply(), OWN_AFTER_MS + 10); // the clock of the next reading would make the room wait
    };
    this.worker.postMessage([draw.open_hash, draw.crowd_root, draw.secret, draw.beacon?.signature ?? null, draw.delay]);
  }

  /** Between two draws: how fast this machine computes, so that the delay takes it 4 to 5 seconds. */
  calibrate() {
    if (this.measured || !globalThis.crypto?.subtle) return;
    this.measured = true;
    const iterations = 2000000, worker = new Worker(new URL("../raffle/delay-worker.js", import.meta.url), { type: "module" });
    const began = performance.now();
    worker.onmessage = async ({ data }) => {
      worker.terminate();
      const answer = data.seed && await this.post(this.dataset.calibrate, 0, { iterations, ms: performance.now() - began });
      if (!answer?.ok) setTimeout(() => { this.measured = false; }, 30000);
    };
    worker.postMessage(["00".repeat(32), "00".repeat(32), null, null, iterations]);
  }

  dressed(draw) {
    const at = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: this.dataset.zone || undefined });
    const { pictograms, short_head } = this.state;
    return { ...draw, pictograms, short_head, opened_clock: at.format(draw.opened_at) };
  }

  enter(view, draw) {
    const before = this.view;
    this.view = view; this.number = draw?.number ?? 0; this.pot = null;
    const part = this.querySelector(`template[data-view="${view}"]`).content.cloneNode(true), target = this.querySelector("[data-show]");
    target.replaceChildren(part);
    document.body.className = `pg-stage ${SCENES[view]}`;
    if (view !== "winner") delete document.body.dataset.state;
    if (view === "pot") this.pot = new StubPot(target.querySelector("canvas"), this.stills.matches);
    if (view === "board" && before !== "pot") sound.punch();
    if (view === "winner") target.querySelector("winner-call").fresh = before === "board";
  }

  write(node, text) { if (node && node.textContent !== text) node.textContent = text; }

  showPot(draw) {
    const open = ["open", "frozen", "drawn"].includes(draw?.phase), prize = open ? draw.prize : this.state.next_prize, words = this.dataset;
    const find = (name) => this.querySelector(`[data-f="${name}"]`), hash = open ? draw.open_hash : "";
    const next = open ? draw.number : this.state.next_number;
    this.write(find("kicker"), prize ? words.draw.replace("{n}", next) : "");
    title(find("prize"), prize ? prize.name : words.nothing);
    this.write(find("sponsor"), prize?.sponsor ? words.from.replace("{name}", prize.sponsor) : "");
    this.write(find("note"), open && draw.rule ? draw.rule
      : draw?.phase === "aborted" && this.now() - draw.close_at < OFF_MS ? words.off.replace("{n}", draw.number) : "");
    const stubs = open ? draw.pool.length : this.state.in_pot;
    count(find("count"), stubs);
    this.write(find("of"), this.state.present ? `/ ${Math.max(this.state.present, stubs)}` : "");
    this.write(find("seal"), hash ? `${hash.slice(0, 4)} ${hash.slice(4, 8)} … ${hash.slice(-4)}` : "");
    find("sealed").hidden = !hash;
    const photo = find("photo"), source = open ? "" : prize?.photo ?? ""; // the seconds stand there while it is open
    if (photo.getAttribute("src") !== source) { photo.hidden = !source; if (source) photo.src = source; else photo.removeAttribute("src"); }
    this.write(find("lede"), open ? words.shake : words.drop);
    this.write(find("taps"), open ? words.taps.replace("{n}", draw.contributions) : "");
    find("closing").hidden = !open;
    this.closeAt = open ? draw.close_at : null;
    this.pot.fill(stubs);
    this.second();
  }

  second() {
    if (this.view !== "pot" || !this.closeAt) return;
    const left = Math.max(0, Math.ceil((this.closeAt - this.now()) / 1000));
    this.write(this.querySelector('[data-f="close"]'), String(left));
    const closing = this.querySelector('[data-f="closing"]');
    if (left === 0 && !closing.classList.contains("shut")) sound.punch();
    closing.classList.toggle("shut", left === 0);
    if (left === 0 && this.asked !== this.closeAt && this.now() > this.closeAt + 320) { this.asked = this.closeAt; this.read(); }
  }

  /** Tell the server that the names are on the stage: their time to answer begins. Repeated until it has heard. */
  async reveal() {
    const { draw } = this.state;
    if (draw && (draw.phase === "drawn" || draw.phase === "frozen")) {
      await this.post(this.dataset.reveal, draw.number);
      await this.read();
      if (["drawn", "frozen"].includes(this.state.draw?.phase)) setTimeout(() => this.reveal(), 1000);
    }
    this.apply();
  }

  keyDown(event) {
    if (event.target.closest?.("input, textarea, select, [contenteditable]") || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = bare(event.key);
    if (key !== "s" && sound.wanted() && !sound.armed()) sound.arm(true); // S itself would switch it off again
    if (key === "s") { if (!event.repeat && sound.arm()) sound.chime(); return; }
    const acts = { a: (whom) => this.passOver(whom), h: (whom) => this.here(whom), d: () => this.open() };
    const act = GO.has(event.key) ? acts.d : acts[key];
    if (!act) return;
    event.preventDefault();
    if (event.repeat || this.holding) return;
    const whom = this.meant(); // now: while the key is held the stage moves on
    this.holding = key;
    this.querySelector("winner-call")?.toggleAttribute("data-held", true);
    this.hold = setTimeout(() => { this.hold = null; act(whom); }, HOLD_MS);
  }

  keyUp(event) {
    if (bare(event.key) !== this.holding) return;
    const short = this.hold !== null;
    this.letGo();
    if (short && GO.has(event.key)) this.goOn();
  }

  letGo() {
    clearTimeout(this.hold); this.holding = null; this.hold = null;
    this.querySelector("winner-call")?.removeAttribute("data-held");
  }

  /** A short press does only what harms nothing: from a settled draw to the pot of the next prize, or the next cards. */
  goOn() {
    const draw = this.state?.draw;
    if (this.view !== "winner" || !draw) return;
    if (this.querySelector("winner-call").turnPage()) return;
    if (draw.phase === "done") { this.wentOn = draw.number; this.apply(); }
  }

  async open() {
    const prize = this.state?.next_prize, draw = this.state?.draw;
    if (!prize || (draw && !["done", "aborted"].includes(draw.phase))) return;
    if (this.view === "winner") { this.goOn(); return; } // first the pot, so that the room sees what is drawn
    const last = this.state.next_number - 1; // of all attempts: an earlier one may be on the stage
    if (this.asking) return;
    if (this.pressFor !== last) { this.press = random(16); this.pressFor = last; } // pressed twice: the same draw
    this.ask(last + 1, prize, this.state.in_pot, this.now() + this.state.countdown_ms);
    sound.chime();
    const answer = await this.post(this.dataset.open, 0, { prize: prize.id, press: this.press });
    const said = await answer?.json().catch(() => null); // it brings the state: no second question
    if (answer?.ok && said?.draw) { this.state = { ...this.state, ...said }; this.apply(); return; }
    this.asking = null; this.apply();
    this.tell(answer, said);
    this.read();
  }

  /** Why a key did nothing, small and in a corner: for the crew, who may act; the room sees no control. */
  tell(answer, said) {
    const sign = this.querySelector("[data-why]");
    this.write(sign, answer?.ok ? "" : said?.error || (answer ? this.dataset.refused : this.dataset.unheard));
    clearTimeout(this.signed); this.signed = setTimeout(() => this.write(sign, ""), SIGN_MS);
  }

  /** Whom a key means: somebody whose name the room sees; nobody before the names are there. */
  meant() {
    const draw = this.state?.draw, rank = draw?.phase === "calling" && this.view === "winner" ? this.querySelector("winner-call").turn() : null;
    return rank && { number: draw.number, rank };
  }

  async here(whom) { await this.answer(whom, this.dataset.here, { hand_over: "1" }); }

  async passOver(whom) { await this.answer(whom, this.dataset.absent); }

  /** For that person and nobody else: who has answered, or was passed over, while the key was held is left alone. */
  async answer(whom, url, fields = {}) {
    const draw = this.state?.draw, waits = (winner) => winner.rank === whom.rank && winner.state === "calling";
    if (!whom || draw?.number !== whom.number || !draw.winners.some(waits)) return;
    const answer = await this.post(url, whom.number, { rank: whom.rank, ...fields });
    this.tell(answer, await answer?.json().catch(() => null));
    this.read();
  }

  async post(url, number, fields = {}) {
    const headers = { Accept: "application/json", "X-CSRFToken": this.dataset.csrf };
    const signal = AbortSignal.timeout?.(ANSWER_MS);
    try { return await fetch(url.replace("/0/", `/${number}/`), { method: "POST", headers, body: new URLSearchParams(fields), signal }); } catch { return null; }
  }
}
customElements.define("raffle-show", RaffleShow);
