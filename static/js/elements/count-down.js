/* <count-down to="ms" [flaps] [data-words="{left} to deadline"]>: minutes and seconds by the server's clock. */
import { serverNow } from "../live.js";

class CountDown extends HTMLElement {
  connectedCallback() { this.tick(); this.timer = setInterval(() => this.tick(), 500); }
  disconnectedCallback() { clearInterval(this.timer); }
  tick() {
    const seconds = Math.max(0, Math.ceil((Number(this.getAttribute("to")) - serverNow()) / 1000));
    if (seconds > 12 * 3600 && !this.hasAttribute("flaps")) return;
    const two = (n) => String(n).padStart(2, "0");
    const left = seconds >= 3600 ? `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}` : `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`;
    if (left === this.shown) return;
    this.shown = left;
    if (!this.hasAttribute("flaps")) { this.textContent = this.dataset.words.replace("{left}", left); return; }
    const row = document.createElement("span");
    row.className = "flaps num"; row.setAttribute("role", "img"); row.setAttribute("aria-label", left);
    for (const char of left) {
      const cell = document.createElement("span");
      if (char === ":") cell.className = "sep";
      cell.textContent = char; row.append(cell);
    }
    this.replaceChildren(row);
  }
}
customElements.define("count-down", CountDown);
