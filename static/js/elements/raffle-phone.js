/* <raffle-phone>: on every page of an attendee. Makes the ticket's secret on this phone and registers its public id;
   sends random numbers by itself when a draw opens and just before the box is locked, more with every tear, tap or shake ("raffle:tap"); calls "it's you"
   over whatever is open, and with `data-aside` in a strip above it that takes neither the page nor the keyboard; checks that its id stays the one that it made and stands in the published pool, and that its
   numbers are in the published list; remembers the heads of the log that it saw: the crowd is the witness. Answers with "raffle:state" and "raffle:counted" on the document. */
import { within } from "../door/within.js";
import { serverNow } from "../live.js";
import { crowdRoot, entrantId, hex, sha, unhex } from "../raffle/protocol.js";
import "./claim-prize.js";
import "./head-marks.js";

const EVERY_MS = 20000, DURING_MS = 4000, SPREAD_MS = 3000, AGAIN_MS = 1500, ASK_MS = 1000, LONGEST_MS = 600000; // a network that cuts streams must not cost anybody the call
const LAST_MS = 300, LAST_SPREAD_MS = 1000, LAG_MS = 250; // a number that comes too late for anybody to try the result with it
const MOST_TAPS = 58; // the server takes 60 of a ticket: one is left for the last moment
const TAP_GAP_MS = 100, TAPS_ON_THEIR_WAY = 6; // it takes 20 in a second: ten taps, those that a slow network kept, and two by itself
const LIVE_MS = 12000, HERD_MS = 2500; // while the stream lives; the hall must not ask in the moment in which the winner does
const store = {
  get(key) { try { return localStorage.getItem(key); } catch { return null; } },
  set(key, value) { try { localStorage.setItem(key, value); } catch { /* private mode: this visit only */ } },
  drop(key) { try { localStorage.removeItem(key); } catch { /* there was none */ } },
};
/* The remote reads its page anew with every press: a strip that stood there stands there again, as it was. */
const stood = {
  get(key) { try { return sessionStorage.getItem(`nextstop:call:${key}`); } catch { return null; } },
  set(key, value) { try { sessionStorage.setItem(`nextstop:call:${key}`, value); } catch { /* private mode: until the next page */ } },
};
const name = (won) => `${won.draw}/${won.rank}`;

class RafflePhone extends HTMLElement {
  connectedCallback() {
    this.stop = new AbortController();
    const on = (name, act) => document.addEventListener(name, act, { signal: this.stop.signal });
    on("live:you", ({ detail }) => (detail?.rank ? this.call({ draw: detail.won, rank: detail.rank }) : this.read()));
    on("live:draw", ({ detail }) => setTimeout(() => this.read(), Math.random() * (detail?.phase === "open" ? SPREAD_MS / 2 : HERD_MS)));
    on("live:reconnect", () => setTimeout(() => this.read(), Math.random() * 250));
    on("live:door", () => { if (this.state?.me.why_not) setTimeout(() => this.read(), Math.random() * 1500); });
    on("raffle:tap", (event) => this.tap(event.detail?.rhythm));
    on("visibilitychange", () => { if (!document.hidden) this.read(); });
    this.read();
  }

  disconnectedCallback() { this.stop.abort(); clearTimeout(this.timer); }

  soon() {
    clearTimeout(this.timer);
    const during = ["open", "frozen", "drawn", "calling"].includes(this.state?.draw?.phase);
    const every = !during ? EVERY_MS : document.documentElement.dataset.live === "on" ? LIVE_MS : DURING_MS;
    this.timer = setTimeout(() => (document.hidden ? this.soon() : this.read()), every * (0.8 + Math.random() * 0.4));
  }

  async read() {
    if (this.reading) { this.again = true; return; }
    this.reading = true;
    try {
      const asked = Date.now(), answer = await fetch(this.dataset.state, { headers: { Accept: "application/json" } });
      const lag = (Date.now() - asked) / 2;
      if (answer.ok && !answer.redirected) {
        const state = await answer.json();
        this.timed(state.server_now - asked - lag, lag);
        await this.take(state);
      }
    } catch { /* offline: the next sign of life reads again */ }
    this.reading = false;
    this.soon();
    if (this.again) { this.again = false; this.read(); }
  }

  /** The server's clock against this phone's, by the quickest answer of those that agree. */
  timed(offset, lag) {
    const agrees = Math.abs(offset - this.offset) <= lag + this.lag;
    if (!agrees || lag <= this.lag) Object.assign(this, { offset, lag });
  }

  async take(state) {
    this.state = state;
    this.witness(state); this.marks(state);
    if (!state.me.eid) await this.enter(state); // also before the door: some draws are for everybody who registered
    this.own(state);
    if (state.draw?.phase === "open" && state.me.in_draw) this.byItself(state.draw);
    this.check(state);
    document.dispatchEvent(new CustomEvent("raffle:state", { detail: state }));
    const { won } = state.me, stands = this.hasAttribute("data-aside") && won && stood.get("open") === name(won);
    if (won?.state === "calling" || stands) this.call(won);
  }

  /** The secret never leaves this phone; its hash is the public id. */
  async enter(state) {
    const key = `nextstop:ticket:${state.event_id}:${this.dataset.who}`;
    let secret = store.get(key);
    if (!secret) { secret = hex(crypto.getRandomValues(new Uint8Array(16))); store.set(key, secret); }
    const mine = entrantId(state.event_id, unhex(secret)), answer = await this.post(this.dataset.entrant, { eid: mine });
    if (!answer) return;
    if (answer.eid !== mine) store.set(`nextstop:stub:${state.event_id}:${this.dataset.who}`, mine); // there was none before: ours has to be it
    state.me.eid = answer.eid;
    if (state.me.why_not === "id") state.me.why_not = null;
    document.dispatchEvent(new CustomEvent("live:raffle", { detail: {} }));
  }

  /** The server's id for this ticket stays the one that this phone made, or the phone says so in red. A secret whose id
      the server never confirmed was made too late: another device of this person was first. */
  own(state) {
    const name = `${state.event_id}:${this.dataset.who}`, key = `nextstop:ticket:${name}`, secret = store.get(key);
    if (!state.me.eid || !/^[0-9a-f]{32}$/.test(secret || "")) return;
    const eid = entrantId(state.event_id, unhex(secret)), stub = `nextstop:stub:${name}`, same = state.me.eid === eid;
    const known = store.get(stub) === eid;
    if (same && !known) store.set(stub, eid);
    if (!same && !known) store.drop(key);
    this.warn("swapped", !same && known);
  }

  warn(name, truth, number = "") {
    const warning = this.querySelector(`[data-${name}]`) ?? document.querySelector(`[data-${name}]`);
    if (!warning) return;
    const words = warning.querySelector("[data-words]");
    if (words) words.textContent = words.dataset.words.replace("{n}", number);
    warning.hidden = !truth;
  }

  byItself(draw) {
    if (this.sentFor === draw.number) return;
    this.sentFor = draw.number;
    const left = draw.close_at - this.offset - Date.now(), until = performance.now() + left;
    const send = async () => {
      if (!(await this.contribute()) && performance.now() < until) setTimeout(send, AGAIN_MS);
    };
    setTimeout(send, Math.random() * Math.min(SPREAD_MS, Math.max(0, left - 1500)));
    const before = LAST_MS + Math.random() * LAST_SPREAD_MS + Math.min(this.lag, LAG_MS); // it has its way to go
    setTimeout(() => { if (this.state.draw?.number === draw.number) this.contribute(true); }, Math.max(0, left - before));
  }

  /** How the stub was torn goes into the numbers; before the countdown it is kept for the first ones. */
  tap(rhythm) {
    if (rhythm) this.rhythm = rhythm;
    const number = this.state?.draw?.number;
    if (this.tapped?.number !== number) this.tapped = { number, times: 0, waiting: 0, at: -Infinity };
    const tapped = this.tapped, tooFast = performance.now() - tapped.at < TAP_GAP_MS || tapped.waiting >= TAPS_ON_THEIR_WAY;
    if (this.state?.draw?.phase !== "open" || tooFast || tapped.times >= MOST_TAPS) return;
    tapped.times += 1; tapped.waiting += 1; tapped.at = performance.now();
    this.contribute().finally(() => { tapped.waiting -= 1; });
  }

  /** True when the server has counted a fresh number of this phone; `quietly` when no hand has sent it. */
  async contribute(quietly = false) {
    const draw = this.state?.draw;
    if (!draw || draw.phase !== "open" || !this.state.me.eid) return false;
    const fresh = crypto.getRandomValues(new Uint8Array(32));
    const nonce = hex(sha(fresh, JSON.stringify(this.rhythm || [])));
    const key = `nextstop:sent:${this.state.event_id}:${draw.number}`;
    store.set(key, JSON.stringify([...this.list(key), nonce].slice(-100)));
    const answer = await this.post(this.dataset.nonce, { draw: draw.number, nonce });
    if (!answer?.counted) return false;
    store.set(`nextstop:nonce:${this.state.event_id}:${draw.number}`, nonce);
    if (!quietly) document.dispatchEvent(new CustomEvent("raffle:counted", { detail: { draw: draw.number } }));
    return true;
  }

  /** Our last numbers, and our stub, must be in the published lists; if not, the phone says so in red on every page. When
      the server has answered none of them, and took none: a bad network or a server that leaves phones out, in amber. */
  async check(state) {
    const { draw, me } = state, published = async (url) => (await fetch(url.replace("/0/", `/${draw.number}/`))).json();
    if (!draw?.crowd || this.checked === draw.number) return;
    this.checked = draw.number;
    try {
      const mine = store.get(`nextstop:nonce:${state.event_id}:${draw.number}`), sent = this.list(`nextstop:sent:${state.event_id}:${draw.number}`);
      const crowd = mine || sent.length ? await published(this.dataset.crowd) : [];
      if (mine) this.warn("dropped", !crowd.includes(mine) || crowdRoot(crowd) !== draw.crowd.root);
      this.warn("untaken", me.in_draw && !mine && sent.length > 0 && !sent.some((nonce) => crowd.includes(nonce)), draw.number);
      if (me.in_draw) this.warn("missing", !(await published(this.dataset.pool)).some(([eid]) => eid === me.eid));
    } catch { this.checked = null; /* offline: looked for again at the next sign of life */ }
  }

  /** What is kept under this key, as a list. */
  list(key) {
    try { return JSON.parse(store.get(key) || "[]"); } catch { return []; }
  }

  witness(state) {
    const key = `nextstop:heads:${state.event_id}`, heads = this.list(key);
    if (heads[heads.length - 1] !== state.head) store.set(key, JSON.stringify([...heads, state.head].slice(-200)));
  }

  /** The head as people compare it, over "it's you" too. */
  marks({ pictograms, short_head }) {
    for (const node of document.querySelectorAll("[data-now-head]")) {
      node.querySelector("head-marks").setAttribute("numbers", pictograms.join(" "));
      node.querySelector(".mono").textContent = short_head;
    }
  }

  /** "It's you", over whatever is open, a prize of an earlier draw too; what was being typed is still there afterwards. */
  async call(won) {
    const key = name(won), aside = this.hasAttribute("data-aside"), again = aside && stood.get("open") === key;
    if (this.called === key || document.querySelector(`claim-prize[data-src$="?draw=${Number(won.draw)}"]`)) return;
    this.called = key;
    for (const old of document.querySelectorAll("dialog.youwon, dialog.youaside")) if (!old.querySelector('[data-state="here"]')) old.remove(); // that call is over
    const dialog = document.createElement("dialog"), calling = () => dialog.querySelector('[data-state="calling"]');
    dialog.className = aside ? "youaside" : "pg-won youwon";
    dialog.append(this.querySelector("template").content.cloneNode(true)); // the name stands there while the rest is read
    dialog.addEventListener("cancel", (event) => { if (calling()) event.preventDefault(); }); // a swipe back is no answer
    dialog.addEventListener("close", () => { if (calling()) this.called = null; dialog.remove(); });
    document.body.append(dialog);
    if (this.state) this.marks(this.state);
    if (aside) this.beside(dialog, key, again); else dialog.showModal();
    if (!again) navigator.vibrate?.([400, 150, 400, 150, 800]);
    const latest = won.deadline ?? serverNow() + LONGEST_MS;
    while (dialog.isConnected) { // a network that fails for a moment costs neither the call nor what stands under it
      const part = await this.page();
      if (part) { dialog.innerHTML = part; dialog.querySelector("[autofocus]")?.focus(); return; }
      if (serverNow() > this.deadline(won, latest)) { dialog.close(); return; }
      dialog.querySelector("[data-offline]").hidden = false;
      await new Promise((again) => setTimeout(again, ASK_MS));
    }
  }

  /** A strip that nothing waits for: the keyboard stays where it is, folded it is one line, and only an answer ends it. */
  beside(dialog, key, again) {
    if (!again) { stood.set("open", key); stood.set("folded", ""); }
    dialog.classList.toggle("folded", stood.get("folded") === "1");
    dialog.addEventListener("click", ({ target }) => {
      if (target.closest("[data-fold]")) stood.set("folded", dialog.classList.toggle("folded") ? "1" : "");
    });
    dialog.addEventListener("close", () => stood.set("open", ""));
    dialog.open = true; // show() would take the keyboard
    if (!again) this.querySelector("[data-called]").textContent = dialog.querySelector("h2").textContent;
  }

  /** "It's you" as the server has it; null when it does not answer with it. */
  async page() {
    try {
      const answer = await fetch(this.dataset.won, { headers: { "X-Fragment": this.hasAttribute("data-aside") ? "aside" : "1" }, signal: within(6000) });
      return answer.ok && !answer.redirected ? await answer.text() : null;
    } catch { return null; }
  }

  /** When the time of a call ends, as far as this phone has heard of it by now. */
  deadline(won, latest) {
    const heard = this.state?.me.won;
    return heard?.draw === won.draw && heard.rank === won.rank ? heard.deadline : latest;
  }

  async post(url, body) {
    try {
      const headers = { "Content-Type": "application/json", "X-CSRFToken": this.dataset.csrf };
      const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
      return answer.ok ? await answer.json() : null;
    } catch { return null; }
  }
}
customElements.define("raffle-phone", RafflePhone);
