/* <live-region topic="now questions" src="/…/fragment/">server-rendered html</live-region>
   Reads `src` again when a topic comes and swaps its content; keeps what a person is typing. `spread`: over how many
   milliseconds a hall of phones asks; `least`: milliseconds between two readings, however often the topic comes. Content
   that is good until a moment says so: data-until="milliseconds since 1970, by the server's clock". */
import { serverNow } from "../live.js";

const SPREAD_MS = 400; // a thousand phones must not ask in the same millisecond

class LiveRegion extends HTMLElement {
  connectedCallback() {
    this.stop = new AbortController();
    const again = () => this.soon();
    const names = (this.getAttribute("topic") || "").split(/\s+/).filter(Boolean);
    for (const name of [...names, "reconnect"]) {
      document.addEventListener(`live:${name}`, again, { signal: this.stop.signal });
    }
    const every = Number(this.getAttribute("every"));
    if (every) this.timer = setInterval(again, every * 1000);
    this.expect();
  }

  disconnectedCallback() { this.stop.abort(); clearInterval(this.timer); clearTimeout(this.wait); clearTimeout(this.until); }

  expect() {
    clearTimeout(this.until);
    const until = Number(this.querySelector("[data-until]")?.dataset.until);
    if (until) this.until = setTimeout(() => this.soon(), Math.min(Math.max(until - serverNow(), 1000), 2 ** 31 - 1));
  }

  soon() {
    if (this.wait) return;
    const spread = this.hasAttribute("now") ? 0 : Math.random() * (Number(this.getAttribute("spread")) || SPREAD_MS);
    const rest = Math.max(spread, (this.readAt || 0) + Number(this.getAttribute("least") || 0) - Date.now());
    this.wait = setTimeout(() => { this.wait = null; this.readAt = Date.now(); this.read(); }, rest);
  }

  async read() {
    if (this.reading) { this.stale = true; return; }
    this.reading = true;
    try {
      const headers = { "X-Fragment": "1", ...(this.etag ? { "If-None-Match": this.etag } : {}) };
      const answer = await fetch(this.getAttribute("src"), { headers, credentials: "same-origin" });
      if (answer.status === 200 && !answer.redirected) {
        this.etag = answer.headers.get("ETag");
        this.swap(await answer.text());
      }
    } catch { this.expect(); } // offline: what is shown stays, the next sign of life reads again
    this.reading = false;
    if (this.stale) { this.stale = false; this.soon(); }
  }

  swap(html) {
    if (html === this.last) return;
    const typing = this.contains(document.activeElement) && document.activeElement.matches("input, textarea, select");
    if (typing) { this.wait = setTimeout(() => { this.wait = null; this.read(); }, 2000); return; }
    this.last = html;
    this.innerHTML = html;
    this.expect();
    this.dispatchEvent(new CustomEvent("region:swapped", { bubbles: true }));
  }
}
customElements.define("live-region", LiveRegion);
