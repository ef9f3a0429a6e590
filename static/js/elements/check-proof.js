/* <check-proof>: recomputes what a raffle has published, in this browser, as soon as the page is open. With `data-draw`
   one draw and its delay, in a worker that shows its progress; without it all draws of the event, their delays when asked.
   Names on the page stand beside ids ([data-eid], data-rank, data-state): they must be those of the log, as the prizes
   ([data-prize]), and what this phone saw and sent earlier must be in it. Red is what differs; a cut line or a browser
   that cannot compute is no finding. A phone with a stub looks for it in the published list by itself. */
import { Broken, verify } from "../raffle/verify.js";
import { canDelay, entrantId, held, pictograms, recordHash, shortHead, unhex } from "../raffle/protocol.js";

const PROBE = 300000; // iterations that tell how fast this phone is
const NOTHING = "00".repeat(32);
const NOTES = { late: "late", "freeze late": "lateFreeze", "opened less than 10 s before closing": "short", "frozen before closing": "early" };

class Unable extends Error {} // the worker could not be started, or died

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
      const { title, text, sure } = await this.verdict(delays);
      this.say(sure ? "ok" : "run", title, text);
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
  async verdict(delays) {
    const words = this.dataset, seen = this.seen(); // read before the file: what is written meanwhile is not in it
    const answer = await fetch(words.src, { cache: "no-store" });
    if (!answer.ok) throw new Error(answer.status);
    const proof = await answer.json();
    this.now = Date.parse(answer.headers.get("Date")) || Date.now(); // a phone's own clock may be minutes off
    const { head, draws } = await verify(proof, { now: this.now });
    this.head(head); this.heads(proof, seen); this.entered(proof); this.shown(draws); this.sent(proof, draws); this.levels(draws);
    const [title, text] = this.number === null ? this.all(draws) : this.one(draws.get(this.number));
    const chosen = new Map([...draws].filter(([number, state]) => state.result && (this.number ?? number) === number));
    const rest = delays ? await this.delays(proof, chosen) : words.undone;
    this.levels(draws);
    if (title === words.open) return { title, text, sure: false };
    if ([...chosen.values()].every((state) => state.delayChecked)) return { title, text, sure: true };
    return { title: words.sofar, text: rest, sure: false };
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

  /** Recompute the delays of these draws, marked in them; returns what has to be said when this browser could not. */
  async delays(proof, draws) {
    const words = this.dataset, possible = [...draws].filter(([, state]) => canDelay(state.open.delay));
    const whole = possible.reduce((sum, [, state]) => sum + state.open.delay, 0);
    let done = 0, speed;
    try { speed = whole > PROBE ? await this.speed() : PROBE; /* iterations a millisecond */ } catch { return words.unable; }
    if (whole) {
      const numbers = new Set(possible.map(([number]) => number));
      const derive = async (...inputs) => {
        const delay = inputs[inputs.length - 1], began = performance.now();
        clearInterval(this.timer);
        this.timer = setInterval(() => {
          const now = done + Math.min(delay * 0.98, (performance.now() - began) * speed);
          this.progress(now / whole);
          this.write("text", words.rest.replace("%d", Math.max(1, Math.ceil((whole - now) / speed / 1000))));
        }, 200);
        try { return await this.derive(inputs); } catch { throw new Unable(); } finally { clearInterval(this.timer); done += delay; }
      };
      try { await verify(proof, { now: this.now, slow: (draw) => numbers.has(draw), derive }); } catch (error) {
        if (error instanceof Unable) return words.unable;
        throw error;
      }
      for (const [, state] of possible) state.delayChecked = true;
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
    }
  }

  /** The level of trust and what is to be said of the times, in words, of this draw or beside each. */
  levels(draws) {
    for (const [number, state] of draws) {
      const beacon = state.trust === "L3", notes = state.notes.map((note) => this.dataset[NOTES[note]]).join(" ");
      this.mark(number, state.abort || state.delayChecked ? "ok" : "run", beacon ? "L3?" : state.trust, notes);
      if (number !== this.number) continue;
      this.write("notes", notes);
      if (!state.trust) continue;
      this.write("trust", beacon ? this.dataset.levelThree : this.dataset.level.replace("%s", state.trust));
      this.write("means", this.dataset[state.trust.toLowerCase()].replace("%d", state.open.beacon?.round));
      if (beacon) this.beacon(state.open.beacon, state.result);
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

  mark(number, state, trust = "", notes = "") {
    const row = this.querySelector(`[data-row="${number}"]`);
    if (!row) return;
    row.dataset.s = state;
    row.querySelector("[data-row-trust]").textContent = trust;
    row.querySelector("[data-row-notes]").textContent = notes;
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
