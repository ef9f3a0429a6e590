/* <check-proof>: recomputes what a raffle has published, in this browser, as soon as the page is open: first everything but
   the delays, then those, in a worker that shows its progress. With `data-draw` one draw; without it all draws of the event,
   one after another while the page is seen. A delay that this tab has computed is remembered until somebody asks again.
   Names on the page stand beside ids ([data-eid], data-rank, data-state): they must be those of the log, as the prizes
   ([data-prize]), and what this phone saw and sent earlier must be in it. Red is what differs; a cut line or a browser
   that cannot compute is no finding; amber is a draw that was withheld. A phone with a stub looks for it in the published list by itself. */
import { Broken, MORE, OFF_LATE, OTHER, UNCHECKED, checkDelay, verify } from "../raffle/verify.js";
import { canDelay, canonical, entrantId, held, hex, pictograms, recordHash, sha, shortHead, unhex } from "../raffle/protocol.js";

const PROBE = 300000; // iterations that tell how fast this phone is
const NOTHING = "00".repeat(32);
const MOST = 64 * 2 ** 20; // bytes of a file: a hall's is one or two millions, and a phone dies of a hundred
const AMBER = { background: "var(--amber-tint)", color: "var(--amber-ink)" };
const BREATH_MS = 40; // of work on the page's own thread before a touch is answered
const NOTES = { late: "late", "freeze late": "lateFreeze", "opened less than 10 s before closing": "short", "frozen before closing": "early", [UNCHECKED]: "unknown", [OTHER]: "other", [OFF_LATE]: "offLate" };

/** Nobody locked it in time, or it was called off when its result could be known. */
const isWithheld = ({ notes }) => notes.includes("late") || notes.includes(OFF_LATE);

class Unable extends Error {} // the worker could not be started, or died

class CheckProof extends HTMLElement {
  connectedCallback() {
    this.number = this.dataset.draw ? Number(this.dataset.draw) : null;
    this.querySelector("[data-again]").addEventListener("click", () => this.check(true));
    this.check(false);
  }

  disconnectedCallback() { this.worker?.terminate(); clearInterval(this.timer); }

  /** Gives the page's thread back when it was held for long: a hall's draws are some seconds of hashing on a phone. */
  async breathe() {
    if (performance.now() - (this.breathed ?? 0) < BREATH_MS) return;
    await new Promise((resolve) => setTimeout(resolve));
    this.breathed = performance.now();
  }

  say(state, title, text = "") {
    const verdict = this.querySelector(".verdict");
    verdict.dataset.s = state;
    Object.assign(verdict.style, state === "warn" ? AMBER : { background: "", color: "" });
    this.write("title", title); this.write("text", text);
  }

  write(name, text) {
    const node = this.querySelector(`[data-${name}]`);
    if (node && node.textContent !== text) node.textContent = text;
  }

  /** `afresh`: the delays too that were computed before. */
  async check(afresh) {
    const words = this.dataset, again = this.querySelector("[data-again]");
    again.disabled = true;
    this.say("run", words.checking);
    for (const row of this.querySelectorAll("[data-row]")) this.mark(row.dataset.row, "");
    try {
      const { title, text, sure, state = sure ? "ok" : "run" } = await this.verdict(afresh);
      this.say(state, title, text);
    } catch (error) {
      if (error instanceof Broken) {
        this.say("bad", words.bad, words.step.replace("%s", `${error.draw === null ? "" : `${error.draw} · `}${this.named(error.message)}`));
        this.mark(error.draw, "bad");
      } else this.say("run", words.unchecked, words.retry);
    }
    this.progress(null);
    again.disabled = false;
  }

  /** A rule as people call its step, with verify.py's own words for who looks it up there. */
  named(rule) {
    const step = rule.match(/^([a-z]+):/)?.[1], name = step && this.dataset[`step${step[0].toUpperCase()}${step.slice(1)}`];
    return name ? `${name} (${rule})` : rule;
  }

  /** What can be said: `sure` when nothing is left to check. Throws Broken for what differs. */
  async verdict(afresh) {
    const words = this.dataset, seen = this.seen(); // read before the file: what is written meanwhile is not in it
    const answer = await fetch(words.src, { cache: "no-store" });
    if (!answer.ok) throw new Error(answer.status);
    const proof = await this.file(answer);
    this.now = Date.parse(answer.headers.get("Date")) || Date.now(); // a phone's own clock may be minutes off
    const { head, draws } = await verify(proof, { now: this.now, breathe: () => this.breathe() });
    this.head(head); this.heads(proof, seen); this.entered(proof); this.shown(draws); this.sent(proof, draws); this.levels(draws);
    const said = this.number === null ? this.all(draws) : this.one(draws.get(this.number));
    const chosen = new Map([...draws].filter(([number, state]) => state.result && (this.number ?? number) === number));
    const rest = await this.delays(chosen, afresh);
    if (!said.sure || [...chosen.values()].every((state) => state.delayChecked)) return said;
    return { title: words.sofar, text: rest, sure: false };
  }

  /** The proof; throws for what is no JSON, and for more than a page should read: that is for the script. */
  async file(answer) {
    const parts = [], reader = answer.body.getReader();
    let size = 0;
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      size += next.value.length;
      if (size > MOST) { reader.cancel(); throw new Error("too large for a page"); }
      parts.push(next.value);
    }
    return JSON.parse(await new Blob(parts).text());
  }

  /** The verdict on one draw. */
  one(state) {
    const words = this.dataset;
    this.mine(state, this.querySelector("[data-mine]"));
    if (state && isWithheld(state)) return this.withheld([this.number]);
    this.write("off", state?.abort ? words.offEarly : "");
    if (!state || !state.result) return { title: state?.abort ? words.aborted : words.open, text: "", sure: Boolean(state?.abort) };
    return { title: words.ok, text: words.did.replace("%d", state.open.pool.n), sure: true };
  }

  withheld(numbers) {
    return { title: this.dataset.withheld, text: this.dataset.withheldText.replace("%s", numbers.join(", ")), sure: false, state: "warn" };
  }

  /** The verdict on all of them. */
  all(draws) {
    const words = this.dataset, over = [...draws.values()].filter((state) => state.result || state.abort).length;
    for (const [number, state] of draws) this.mine(state, this.querySelector(`[data-row="${number}"] [data-row-mine]`));
    const withheld = [...draws].filter(([, state]) => isWithheld(state)).map(([number]) => number);
    if (withheld.length) return this.withheld(withheld);
    return over ? { title: words.ok, text: words.did.replace("%d", over), sure: true } : { title: words.open, text: "", sure: false };
  }

  /** Recompute the delays of these draws, one after another, marked in them and on the page; returns what has to be said
      when this browser could not. */
  async delays(draws, afresh) {
    const words = this.dataset, possible = [...draws].filter(([, state]) => canDelay(state.open.delay));
    const left = possible.filter(([, state]) => afresh || !this.remembered(state)); // the others cost no time
    const whole = left.reduce((sum, [, state]) => sum + state.open.delay, 0);
    let done = 0, speed, nth = possible.length - left.length;
    const derive = async (...inputs) => {
      const delay = inputs[inputs.length - 1], said = this.number === null ? words.restAll : words.rest;
      nth += 1;
      try {
        return await this.derive(inputs, (ms) => {
          const now = done + Math.min(delay * 0.98, ms * speed), seconds = Math.max(1, Math.ceil((whole - now) / speed / 1000));
          this.progress(now / whole);
          this.write("text", said.replace("%d", seconds).replace("{n}", nth).replace("{all}", possible.length));
        });
      } catch { throw new Unable(); } finally { done += delay; }
    };
    if (this.number === null && left.length) this.write("title", words.sofar);
    try {
      speed = whole > PROBE ? await this.speed() : PROBE; // iterations a millisecond
      for (const [number, state] of possible) {
        const known = afresh ? null : this.remembered(state);
        if (!known) this.standing(number, "run");
        await checkDelay(number, state, known ? () => known : derive);
        state.delayChecked = true;
        this.remember(state);
        this.standing(number, "ok");
      }
    } catch (error) {
      for (const [number, state] of possible) if (!state.delayChecked) this.standing(number, "wait");
      if (error instanceof Broken) throw error;
      return words.unable;
    }
    return possible.length < draws.size ? words.insecure : "";
  }

  /** The key of a delay that this tab has computed: a hash of all that goes into it. */
  memory({ openHash, freeze, result, open }) {
    return `nextstop:delay:${hex(sha(canonical([openHash, freeze.crowd.root, freeze.secret, result.beacon_sig, open.delay])))}`;
  }

  remembered(state) {
    try { return sessionStorage.getItem(this.memory(state)); } catch { return null; }
  }

  remember(state) {
    try { sessionStorage.setItem(this.memory(state), state.result.seed); } catch { /* it is computed again */ }
  }

  async speed() {
    if (!this.fast) {
      const began = performance.now();
      await this.derive([NOTHING, NOTHING, null, null, PROBE], () => {});
      this.fast = PROBE / (performance.now() - began);
    }
    return this.fast;
  }

  progress(share) {
    const bar = this.querySelector("progress");
    if (!bar) return;
    bar.hidden = share === null;
    if (share !== null) bar.value = share;
  }

  /** The seed, from a worker; `tick(ms)` is called while it works. On the page of all draws it stops while nobody sees
      the page, and that one delay begins anew when somebody does. */
  async derive(inputs, tick) {
    for (;;) {
      while (this.number === null && document.hidden) await new Promise((seen) => document.addEventListener("visibilitychange", seen, { once: true }));
      const seed = await this.attempt(inputs, tick);
      if (seed) return seed;
    }
  }

  /** The seed; null when the page was hidden meanwhile. */
  attempt(inputs, tick) {
    const began = performance.now(), over = new AbortController();
    clearInterval(this.timer);
    this.timer = setInterval(() => tick(performance.now() - began), 200);
    return new Promise((resolve, reject) => {
      const worker = this.worker = new Worker(this.dataset.worker, { type: "module" });
      worker.onmessage = ({ data }) => { data.seed ? resolve(data.seed) : reject(new Error(data.error)); };
      worker.onerror = (event) => reject(new Error(event.message));
      document.addEventListener("visibilitychange", () => { if (this.number === null && document.hidden) resolve(null); }, { signal: over.signal });
      worker.postMessage(inputs);
    }).finally(() => { over.abort(); this.worker.terminate(); clearInterval(this.timer); });
  }

  /** The head that this phone has computed, as people compare it with the stage. */
  head(head) {
    this.querySelector("head-marks")?.setAttribute("numbers", pictograms(head).join(" "));
    this.write("head", shortHead(head));
  }

  /** The heads that this phone has remembered. */
  seen() {
    try { return JSON.parse(localStorage.getItem(`nextstop:heads:${this.dataset.event}`) || "[]"); } catch { return []; }
  }

  /** What this phone saw earlier must still be in the log. */
  heads(proof, seen) {
    const known = new Set(proof.log.map(recordHash));
    if (seen.some((head) => !known.has(head) && !/^0+$/.test(head))) throw new Broken(null, this.dataset.heads);
  }

  /** The page's states of the check-in list must be those of the log, all of them, in its order. */
  entered({ log }) {
    const list = this.querySelector("[data-entered]");
    if (!list) return;
    const told = [...list.querySelectorAll("[data-root]")].map(({ dataset }) => `${dataset.n} ${dataset.root}`).join();
    const published = log.filter(({ type }) => type === "enter").map(({ body }) => `${body.n} ${body.root}`).join();
    if (!published.startsWith(told)) throw new Broken(null, this.dataset.otherList); // a state that came meanwhile is not on the page
  }

  /** The last number that the server counted for this phone must be in the list that the draw was locked with. */
  sent(proof, draws) {
    for (const [number, state] of draws) {
      let mine = null;
      try { mine = localStorage.getItem(`nextstop:nonce:${this.dataset.event}:${number}`); } catch { return; }
      if (mine && state.freeze && !proof.crowds[number].includes(mine)) throw new Broken(number, this.dataset.sent);
    }
  }

  /** The page shows names, the log knows ids: both must tell the same prizes, the same ranks and the same answers. */
  shown(draws) {
    for (const node of this.querySelectorAll("[data-prize]")) {
      const number = Number(node.closest("[data-row]")?.dataset.row ?? this.number), state = draws.get(number);
      if (state && state.open.prize.name !== node.textContent) throw new Broken(number, this.dataset.otherPrize);
    }
    for (const { dataset } of this.querySelectorAll("[data-eid]")) {
      const state = draws.get(this.number), rank = Number(dataset.rank);
      const told = dataset.state === "calling" || (dataset.state === "here" ? state?.claims : state?.voids)?.has(rank);
      if (state?.order?.[rank - 1] !== dataset.eid || !told) throw new Broken(this.number, this.dataset.shown);
      const why = state.why.get(rank), same = why && why.reason === dataset.reason && (why.text ?? "") === dataset.text?.normalize("NFC") && Math.floor(why.waited_ms / 1000) === Number(dataset.waited);
      const wrong = why && dataset.state === "absent" && !same;
      if (wrong) throw new Broken(this.number, this.dataset.otherWhy);
    }
  }

  /** A note of the verifier, in words. */
  noted(note) {
    return note.endsWith(MORE) ? this.dataset.more.replace("%d", parseInt(note, 10)) : this.dataset[NOTES[note]];
  }

  /** The level of trust and what is to be said of the times, in words, of this draw or beside each. */
  levels(draws) {
    for (const [number, state] of draws) {
      const beacon = state.trust === "L3", notes = state.notes.map((note) => this.noted(note)).join(" ");
      this.mark(number, state.abort && !isWithheld(state) ? "ok" : state.result ? "wait" : "run", beacon ? "L3?" : state.trust, notes);
      if (state.result) this.standing(number, "wait");
      if (number !== this.number) continue;
      this.write("notes", notes);
      if (state.open.beacon) this.beacon(state.open.beacon, state.result);
      if (state.notes.includes(UNCHECKED)) this.write("opened", this.dataset.unknown);
      if (!state.trust) continue;
      this.write("trust", beacon ? this.dataset.levelThree : this.dataset.level.replace("%s", state.trust));
      this.write("means", state.open.beacon && !beacon ? "" : this.dataset[state.trust.toLowerCase()].replace("%d", state.open.beacon?.round));
    }
  }

  /** Nobody here knows drand's signatures: the round is linked where drand gives it, to be compared. */
  beacon({ chain, round }, result) {
    const node = this.querySelector("[data-beacon]");
    if (!node) return;
    node.querySelector("a").href = `${this.dataset.drand}/${chain}/public/${round}`;
    node.querySelector("[data-signature]").textContent = result ? result.beacon_sig : "…";
    node.hidden = false;
  }

  /** How far the delay of a draw is, in its row: "wait", "run" or "ok". */
  standing(number, state) {
    const row = this.querySelector(`[data-row="${number}"]`);
    if (!row) return;
    row.dataset.s = state;
    row.querySelector("[data-row-delay]").textContent = { wait: this.dataset.delayWaits, run: this.dataset.delayRuns }[state] ?? "";
  }

  mark(number, state, trust = "", notes = "") {
    const row = this.querySelector(`[data-row="${number}"]`);
    if (!row) return;
    row.dataset.s = state;
    row.querySelector("[data-row-trust]").textContent = trust;
    row.querySelector("[data-row-notes]").textContent = notes;
    row.querySelector("[data-row-delay]").textContent = "";
  }

  /** Whether a stub of this phone is in the list, by the secret that never left it; its place once everybody has answered. */
  mine(state, node) {
    const stubs = this.stubs();
    if (!state || !node || !stubs.length) return;
    const words = this.dataset, eid = stubs.find((stub) => state.pool.some(([other]) => other === stub));
    const weight = state.pool.find(([other]) => other === eid)?.[1] ?? 1;
    const over = state.order && held(state.open.qty, state.order.length, state.voids).every((rank) => state.claims.has(rank));
    const text = !eid ? words.minenot : over ? words.minerank.replace("%r", state.order.indexOf(eid) + 1) : words.minein;
    node.textContent = text.replace("%d", state.open.pool.n) + (weight > 1 ? ` · ${words.mineweight.replace("{n}", weight)}` : "");
  }

  /** Ids of the stubs of this phone, and of one on paper whose code was scanned: its secret stands behind the #, which no server sees. */
  stubs() {
    const prefix = `nextstop:ticket:${this.dataset.event}:`, paper = `nextstop:paper:${this.dataset.event}`;
    const scanned = location.hash.match(/^#stub=([0-9a-f]{32})$/)?.[1];
    const secrets = scanned ? [scanned] : [];
    try {
      if (scanned) sessionStorage.setItem(paper, scanned);
      secrets.push(sessionStorage.getItem(paper), ...Object.keys(localStorage).filter((key) => key.startsWith(prefix)).map((key) => localStorage.getItem(key)));
    } catch { /* private mode: the scanned one only */ }
    return [...new Set(secrets)].filter((secret) => /^[0-9a-f]{32}$/.test(secret || "")).map((secret) => entrantId(this.dataset.event, unhex(secret)));
  }
}
customElements.define("check-proof", CheckProof);
