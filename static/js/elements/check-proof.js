/* <check-proof>: recomputes what a raffle has published, in this browser, as soon as the page is open. With `data-draw`
   one draw and its delay, in a worker that shows its progress; without it all draws of the event, their delays when asked.
   Names on the page stand beside ids ([data-eid], data-rank, data-state): they must be those of the log, and what this
   phone saw earlier must be in it. A phone with a stub looks for it in the published list by itself. */
import { Broken, verify } from "../raffle/verify.js";
import { canDelay, entrantId, held, pictograms, recordHash, shortHead, unhex } from "../raffle/protocol.js";

const PROBE = 300000; // iterations that tell how fast this phone is
const NOTHING = "00".repeat(32);

class CheckProof extends HTMLElement {
  connectedCallback() {
    this.number = this.dataset.draw ? Number(this.dataset.draw) : null;
    this.querySelector("[data-again]").addEventListener("click", () => this.check(true));
    this.check(this.number !== null);
  }

  disconnectedCallback() { this.worker?.terminate(); clearInterval(this.timer); }

  say(state, title, text = "") {
    this.querySelector(".verdict").dataset.s = state;
    this.write("title", title); this.write("text", text);
  }

  write(name, text) {
    const node = this.querySelector(`[data-${name}]`);
    if (node && node.textContent !== text) node.textContent = text;
  }

  async check(delays) {
    const words = this.dataset, again = this.querySelector("[data-again]");
    again.disabled = true;
    this.say("run", words.checking);
    try {
      const proof = await (await fetch(words.src, { cache: "no-store" })).json();
      const { head, draws } = await verify(proof, { now: Date.now() });
      this.head(head); this.heads(proof); this.shown(draws); this.levels(draws);
      const [title, text] = this.number === null ? this.all(draws) : this.one(draws.get(this.number));
      const chosen = [...draws].filter(([number, state]) => state.result && (this.number ?? number) === number);
      const rest = delays ? await this.delays(proof, new Map(chosen)) : "";
      this.say(title === words.open ? "run" : "ok", title, rest || text);
    } catch (error) {
      const rule = error instanceof Broken ? `${error.draw === null ? "" : `${error.draw} · `}${error.rule}` : String(error.message || error);
      this.say("bad", words.bad, words.step.replace("%s", rule));
      this.mark(error.draw, "bad");
    }
    this.progress(null);
    again.disabled = false;
  }

  /** The verdict on one draw. */
  one(state) {
    const words = this.dataset;
    this.mine(state, this.querySelector("[data-mine]"));
    if (!state || !state.result) return [state?.abort ? words.aborted : words.open, ""];
    return [words.ok, words.did.replace("%d", state.open.pool.n)];
  }

  /** The verdict on all of them. */
  all(draws) {
    const words = this.dataset, over = [...draws.values()].filter((state) => state.result || state.abort).length;
    for (const [number, state] of draws) this.mine(state, this.querySelector(`[data-row="${number}"] [data-row-mine]`));
    if (!over) return [words.open, ""];
    return [words.ok, words.did.replace("%d", over)];
  }

  /** Recompute the delays of these draws; returns what has to be said when this browser could not. */
  async delays(proof, draws) {
    const words = this.dataset, possible = [...draws].filter(([, state]) => canDelay(state.open.delay));
    const whole = possible.reduce((sum, [, state]) => sum + state.open.delay, 0);
    let done = 0;
    if (whole) {
      const speed = whole > PROBE ? await this.speed() : PROBE; // iterations a millisecond
      const numbers = new Set(possible.map(([number]) => number));
      const derive = async (...inputs) => {
        const delay = inputs.at(-1), began = performance.now();
        clearInterval(this.timer);
        this.timer = setInterval(() => {
          const now = done + Math.min(delay * 0.98, (performance.now() - began) * speed);
          this.progress(now / whole);
          this.write("text", words.rest.replace("%d", Math.max(1, Math.ceil((whole - now) / speed / 1000))));
        }, 200);
        try { return await this.derive(inputs); } finally { clearInterval(this.timer); done += delay; }
      };
      await verify(proof, { now: Date.now(), slow: (draw) => numbers.has(draw), derive });
    }
    return possible.length < draws.size ? words.insecure : "";
  }

  async speed() {
    if (!this.fast) {
      const began = performance.now();
      await this.derive([NOTHING, NOTHING, null, null, PROBE]);
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

  derive(inputs) {
    return new Promise((resolve, reject) => {
      const worker = this.worker = new Worker(this.dataset.worker, { type: "module" });
      worker.onmessage = ({ data }) => { worker.terminate(); data.seed ? resolve(data.seed) : reject(new Error(data.error)); };
      worker.onerror = (event) => reject(new Error(event.message));
      worker.postMessage(inputs);
    });
  }

  /** The head that this phone has computed, as people compare it with the stage. */
  head(head) {
    this.querySelector("head-marks")?.setAttribute("numbers", pictograms(head).join(" "));
    this.write("head", shortHead(head));
  }

  /** What this phone saw earlier must still be in the log. */
  heads(proof) {
    let seen = [];
    try { seen = JSON.parse(localStorage.getItem(`nextstop:heads:${this.dataset.event}`) || "[]"); } catch { return; }
    const known = new Set(proof.log.map(recordHash));
    if (seen.some((head) => !known.has(head) && !/^0+$/.test(head))) throw new Error(this.dataset.heads);
  }

  /** The page shows names, the log knows ids: both must tell the same ranks and the same answers. */
  shown(draws) {
    for (const { dataset } of this.querySelectorAll("[data-eid]")) {
      const state = draws.get(this.number), rank = Number(dataset.rank);
      const told = dataset.state === "calling" || (dataset.state === "here" ? state?.claims : state?.voids)?.has(rank);
      if (state?.order?.[rank - 1] !== dataset.eid || !told) throw new Error(this.dataset.shown);
    }
  }

  /** The level of trust, in words, of this draw or beside each. */
  levels(draws) {
    for (const [number, state] of draws) {
      this.mark(number, state.result || state.abort ? "ok" : "run", state.trust);
      if (number === this.number && state.trust) {
        this.write("trust", this.dataset.level.replace("%s", state.trust));
        this.write("means", this.dataset[state.trust.toLowerCase()]);
      }
    }
  }

  mark(number, state, trust = "") {
    const row = this.querySelector(`[data-row="${number}"]`);
    if (!row) return;
    row.dataset.s = state;
    row.querySelector("[data-row-trust]").textContent = trust;
  }

  /** Whether a stub of this phone is in the list, by the secret that never left it; its place once everybody has answered. */
  mine(state, node) {
    const stubs = this.stubs();
    if (!state || !node || !stubs.length) return;
    const words = this.dataset, eid = stubs.find((stub) => state.pool.some(([other]) => other === stub));
    const over = state.order && held(state.open.qty, state.order.length, state.voids).every((rank) => state.claims.has(rank));
    const text = !eid ? words.minenot : over ? words.minerank.replace("%r", state.order.indexOf(eid) + 1) : words.minein;
    node.textContent = text.replace("%d", state.open.pool.n);
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
