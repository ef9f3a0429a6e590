/* <follow-ticket state="…" src="…" topics="you door">: turns the page when the person's place changes, and at the door.
   <time-left until="ms">: how long an offered seat is held, by the server's clock. */
import { serverNow } from "../live.js";

class FollowTicket extends HTMLElement {
  connectedCallback() {
    this.stop = new AbortController();
    const look = () => this.look();
    for (const topic of `${this.getAttribute("topics") || "you"} reconnect`.split(" ")) {
      document.addEventListener(`live:${topic}`, look, { signal: this.stop.signal });
    }
    document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); }, { signal: this.stop.signal });
    document.addEventListener("time:over", () => setTimeout(look, 1500), { signal: this.stop.signal });
  }
  disconnectedCallback() { this.stop.abort(); }
  async look() {
    if (this.looking) return;
    this.looking = true;
    try {
      const answer = await fetch(this.getAttribute("src"), { cache: "no-store" });
      if (answer.ok && !answer.redirected) {
        const { state, url } = await answer.json();
        if (state !== this.getAttribute("state") || url !== location.pathname && !location.search.includes("ticket")) location.replace(url);
      }
    } catch { /* no network: the ticket stays as it is, and works */ }
    this.looking = false;
  }
}
customElements.define("follow-ticket", FollowTicket);

class TimeLeft extends HTMLElement {
  connectedCallback() { this.tick(); this.timer = setInterval(() => this.tick(), 5000); }
  disconnectedCallback() { clearInterval(this.timer); }
  tick() {
    const minutes = Math.ceil((Number(this.getAttribute("until")) - serverNow()) / 60000);
    if (minutes <= 0) {
      this.textContent = this.dataset.over; clearInterval(this.timer);
      document.dispatchEvent(new CustomEvent("time:over"));
      return;
    }
    const [words, n] = minutes > 90 ? [this.dataset.hours, Math.round(minutes / 60)] : [this.dataset.minutes, minutes];
    this.textContent = words.replace("{n}", n);
  }
}
customElements.define("time-left", TimeLeft);
