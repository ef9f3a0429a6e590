/* <live-region topic="now questions" src="/…/fragment/">server-rendered html</live-region>
   Reads `src` again when a topic comes and swaps its content; keeps what a person is typing, and open what they opened
   (`details` with an id). `spread`: over how many milliseconds a hall of phones asks; `least`: milliseconds between two
   readings, however often the topic comes. Content that is good until a moment says so: data-until="milliseconds since
   1970, by the server's clock". What is the same as before is left alone, and so is a child with data-keep="name" while
   its own content is: a film plays on. */
import { serverNow } from "../live.js";

const SPREAD_MS = 400; // a thousand phones must not ask in the same millisecond
const TOKEN = /(name="csrfmiddlewaretoken" value=")([^"]*)/g; // another one in every answer, for the same secret

const plain = (html) => html.replace(TOKEN, "$1");

function parsed(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return { nodes: template.content, text: plain(template.innerHTML) };
}

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
    this.last ??= parsed(this.innerHTML).text;
    this.expect();
  }

  disconnectedCallback() { this.stop.abort(); clearInterval(this.timer); clearTimeout(this.wait); clearTimeout(this.until); }

  expect() {
    clearTimeout(this.until);
    const until = Number(this.querySelector("[data-until]")?.dataset.until);
    if (until) this.until = setTimeout(() => this.soon(), Math.min(Math.max(until - serverNow(), 1000), 2 ** 31 - 1));
  }

  /* Its content was painted over: read it again, also when the server says the same as before. */
  restore() { this.last = ""; this.etag = null; this.soon(); }

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
    const fresh = parsed(html);
    if (fresh.text === this.last) { this.expect(); return; }
    const typing = this.contains(document.activeElement) && document.activeElement.matches("input, textarea, select");
    if (typing) { this.wait = setTimeout(() => { this.wait = null; this.read(); }, 2000); return; }
    this.last = fresh.text;
    const opened = [...this.querySelectorAll("details[open][id]")].map((details) => details.id);
    this.put([...fresh.nodes.childNodes]);
    for (const id of opened) this.querySelector(`details[id="${id}"]`)?.setAttribute("open", "");
    this.expect();
    this.dispatchEvent(new CustomEvent("region:swapped", { bubbles: true }));
  }

  /* The new content around those children that stay: moved, a film would stop. */
  put(nodes) {
    const same = (old) => nodes.find((node) => node.dataset?.keep === old.dataset.keep && plain(node.innerHTML) === plain(old.innerHTML));
    const kept = new Map([...this.querySelectorAll(":scope > [data-keep]")].map((old) => [same(old), old]));
    kept.delete(undefined);
    const stays = new Set(kept.values());
    for (const old of [...this.childNodes]) if (!stays.has(old)) old.remove();
    let place = this.firstChild;
    for (const node of nodes) {
      if (kept.has(node)) place = kept.get(node).nextSibling; else this.insertBefore(node, place);
    }
  }
}
customElements.define("live-region", LiveRegion);
