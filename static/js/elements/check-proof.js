/* <check-proof>: recomputes a draw in this browser as soon as the page is open; the delay in a worker. */
import { Broken, verify } from "../raffle/verify.js";
import { recordHash } from "../raffle/protocol.js";

const PER_SECOND = 3000000; // a guess for the remaining time only

class CheckProof extends HTMLElement {
  connectedCallback() {
    this.querySelector("[data-again]").addEventListener("click", () => this.check());
    this.check();
  }
  say(state, title, text = "") {
    this.querySelector(".verdict").dataset.s = state;
    this.querySelector("[data-title]").textContent = title;
    this.querySelector("[data-text]").textContent = text;
  }
  async check() {
    const words = this.dataset, number = Number(words.draw), again = this.querySelector("[data-again]");
    again.disabled = true;
    this.say("run", words.checking);
    try {
      const proof = await (await fetch(words.src, { cache: "no-store" })).json();
      const quick = await verify(proof, { now: Date.now() });
      const state = quick.draws.get(number);
      this.heads(proof);
      if (!state || state.abort) this.say("ok", state ? words.aborted : words.open);
      else if (!state.result) this.say("run", words.open);
      else await this.slow(proof, number, state);
      if (state && state.trust) this.querySelector("[data-trust]").textContent = words.level.replace("%s", state.trust);
    } catch (error) {
      const rule = error instanceof Broken ? `${error.draw === null ? "" : `${error.draw} · `}${error.rule}` : String(error.message || error);
      this.say("bad", words.bad, words.step.replace("%s", rule));
    }
    again.disabled = false;
  }
  async slow(proof, number, state) {
    const words = this.dataset, stubs = words.did.replace("%d", state.open.pool.n);
    if (!globalThis.crypto || !crypto.subtle) { this.say("ok", words.ok, words.insecure); return; }
    this.say("run", words.checking, words.rest.replace("%d", Math.max(1, Math.round(state.open.delay / PER_SECOND))));
    await verify(proof, { now: Date.now(), slow: (draw) => draw === number, derive: (...inputs) => this.derive(inputs) });
    this.say("ok", words.ok, stubs);
  }
  derive(inputs) {
    return new Promise((resolve, reject) => {
      const worker = new Worker(this.dataset.worker, { type: "module" });
      worker.onmessage = ({ data }) => { worker.terminate(); data.seed ? resolve(data.seed) : reject(new Error(data.error)); };
      worker.onerror = (event) => reject(new Error(event.message));
      worker.postMessage(inputs);
    });
  }
  /** What this phone saw earlier must still be in the log. */
  heads(proof) {
    let seen = [];
    try { seen = JSON.parse(localStorage.getItem(`nextstop:heads:${this.dataset.event}`) || "[]"); } catch { return; }
    const known = new Set(proof.log.map(recordHash));
    if (seen.some((head) => !known.has(head) && !/^0+$/.test(head))) throw new Error(this.dataset.heads);
  }
}
customElements.define("check-proof", CheckProof);
