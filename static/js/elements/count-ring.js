/* <count-ring until="ms" whole="ms">: an SVG ring that empties by the server's clock; tells "live:draw" at zero. */
import { serverNow } from "../live.js";

class CountRing extends HTMLElement {
  connectedCallback() { this.timer = setInterval(() => this.tick(), 250); this.tick(); }
  disconnectedCallback() { clearInterval(this.timer); }
  tick() {
    const left = Math.max(0, Number(this.getAttribute("until")) - serverNow()), whole = Number(this.getAttribute("whole")) || 60000;
    const text = this.querySelector("text"), arc = this.querySelector("[data-arc]");
    if (text) text.textContent = String(Math.ceil(left / 1000));
    if (arc) arc.setAttribute("stroke-dashoffset", String(176 * (1 - Math.min(1, left / whole))));
    if (left <= 0 && !this.over) { this.over = true; document.dispatchEvent(new CustomEvent("live:draw", { detail: {} })); }
  }
}
customElements.define("count-ring", CountRing);
