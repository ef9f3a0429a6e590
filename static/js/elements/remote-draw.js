/* <remote-draw>: the host's page follows the draw. Numbers move by themselves; when the phase moves, the parts of the
   page are read again, and what the host is typing or holding stays. */
import { serverNow } from "../live.js";

const EVERY_MS = 1500;

class RemoteDraw extends HTMLElement {
  connectedCallback() {
    this.stop = new AbortController();
    for (const topic of ["draw", "raffle", "reconnect"]) document.addEventListener(`live:${topic}`, () => this.read(), { signal: this.stop.signal });
    this.timers = [setInterval(() => this.read(), EVERY_MS), setInterval(() => this.second(), 200)];
    this.read();
  }

  disconnectedCallback() { this.stop.abort(); this.timers.forEach(clearInterval); }

  async read() {
    try {
      const answer = await fetch(this.dataset.state, { headers: { Accept: "application/json" } });
      if (!answer.ok || answer.redirected) return;
      const state = await answer.json(), { draw } = state;
      this.closeAt = draw?.phase === "open" ? draw.close_at : null;
      this.write("contributions", draw?.contributions); this.write("in_pot", state.in_pot);
      const people = draw ? draw.winners.map((winner) => winner.rank + winner.state).join() : "";
      const key = `${draw?.number}:${draw?.phase}:${people}:${state.next_prize?.id}`;
      if (this.key !== undefined && this.key !== key) await this.parts();
      this.key = key;
    } catch { /* offline: the stage goes on by itself */ }
  }

  write(name, value) {
    const node = this.querySelector(`[data-f="${name}"]`);
    if (node && value !== undefined && node.textContent !== String(value)) node.textContent = value;
  }

  second() { if (this.closeAt) this.write("seconds", Math.max(0, Math.ceil((this.closeAt - serverNow()) / 1000))); }

  async parts() {
    const answer = await fetch(location.href);
    if (!answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of document.querySelectorAll("[data-part]")) {
      const next = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
      if (next && next.innerHTML !== part.innerHTML) part.replaceWith(document.importNode(next, true));
    }
  }
}
customElements.define("remote-draw", RemoteDraw);
