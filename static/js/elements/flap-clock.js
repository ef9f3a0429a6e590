/* <flap-clock zone="Asia/Shanghai">15:34</flap-clock>: the event's clock by the server's time. */
import { serverNow } from "../live.js";

class FlapClock extends HTMLElement {
  connectedCallback() { this.tick(); this.timer = setInterval(() => this.tick(), 1000); }
  disconnectedCallback() { clearInterval(this.timer); }
  tick() {
    const options = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: this.getAttribute("zone") };
    const text = new Intl.DateTimeFormat("en-GB", options).format(serverNow());
    if (text === this.shown) return;
    this.shown = text;
    const flaps = document.createElement("span");
    flaps.className = "flaps num"; flaps.setAttribute("role", "img"); flaps.setAttribute("aria-label", text);
    for (const char of text) {
      const cell = document.createElement("span");
      if (char === ":") cell.className = "sep";
      cell.textContent = char; flaps.append(cell);
    }
    this.replaceChildren(flaps);
  }
}
customElements.define("flap-clock", FlapClock);
