/* <speaker-clock until="ms"><b></b>: minutes left in a colour; past the end it counts up. By the server's clock. */
import { serverNow } from "../live.js";

class SpeakerClock extends HTMLElement {
  connectedCallback() { this.tick(); this.timer = setInterval(() => this.tick(), 250); }
  disconnectedCallback() { clearInterval(this.timer); }
  tick() {
    const seconds = Math.round((Number(this.getAttribute("until")) - serverNow()) / 1000);
    const over = seconds < 0, rest = Math.abs(seconds);
    const text = `${over ? "+" : ""}${Math.floor(rest / 60)}:${String(rest % 60).padStart(2, "0")}`;
    const state = over ? "over" : seconds <= 60 ? "last" : seconds <= 300 ? "soon" : "calm";
    if (this.dataset.state !== state) this.dataset.state = state;
    const shown = this.querySelector("b");
    if (shown.textContent !== text) shown.textContent = text;
  }
}
customElements.define("speaker-clock", SpeakerClock);
