/* <remote-draw>: the host's page follows the draw. Numbers move by themselves; when the phase moves, the parts of the
   page are read again, and what the host is typing or holding stays. */
import { serverNow } from "../live.js";

const EVERY_MS = 1500;
const bare = (part) => part.innerHTML.replace(/(name="(?:csrfmiddlewaretoken|press)" value=")[^"]*/g, "$1"); // new at each reading, the same to a person

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
      this.querySelector("[data-now-head] head-marks")?.setAttribute("numbers", state.pictograms.join(" "));
      const head = this.querySelector("[data-now-head] .mono");
      if (head) head.textContent = state.short_head;
      const people = draw ? draw.winners.map((winner) => winner.rank + winner.state).join() : "";
      const key = `${draw?.number}:${draw?.phase}:${people}:${state.prizes_left.join()}:${state.aside.join()}`;
      const phase = `${draw?.number}:${draw?.phase}`, moved = this.phase !== undefined && this.phase !== phase;
      if (this.key === key || (await this.parts(moved))) { this.key = key; this.phase = phase; } // also once at first: the page may be older
    } catch { /* offline: the stage goes on by itself */ }
  }

  write(name, value) {
    const node = this.querySelector(`[data-f="${name}"]`);
    if (node && value !== undefined && node.textContent !== String(value)) node.textContent = value;
  }

  second() { if (this.closeAt) this.write("seconds", Math.max(0, Math.ceil((this.closeAt - serverNow()) / 1000))); }

  /** True when every part is fresh; a part in which the host types or holds a button waits, unless the phase moved. */
  async parts(moved) {
    const answer = await fetch(location.href);
    if (!answer.ok || answer.redirected) return false;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    let all = true;
    for (const part of document.querySelectorAll("[data-part]")) {
      const next = fresh.querySelector(`[data-part="${part.dataset.part}"]`), busy = part.querySelector("input:focus, select:focus, .held");
      if (part.querySelector(".seeing") && !moved) continue;
      if (busy && !moved) { all = false; continue; }
      if (next && bare(next) !== bare(part)) part.replaceWith(document.importNode(next, true));
    }
    return all;
  }
}
customElements.define("remote-draw", RemoteDraw);
