/* <scan-ticket>: the door on a phone. Codes come from the camera, a photo or the keyboard; the answer is a colour, an
   icon, a word and a sound. Without a network it goes on (door/desk.js) and says so. */
import { Camera } from "../door/camera.js";
import { Desk } from "../door/desk.js";
import { play } from "../door/sound.js";
import { frail } from "../door/store.js";
import { within } from "../door/within.js";

const ICONS = { ok: "check", saved: "offline", undone: "left", already: "users", waiting: "clock", cancelled: "alert", other: "ticket", unknown: "ask" };
const SAME_MS = 3000, SEARCH_MS = 250, GREET_MS = 6000, LIST_MS = 8000;
const two = (n) => String(n).padStart(2, "0");
const make = (tag, name, text) => Object.assign(document.createElement(tag), { className: name, textContent: text });
const clock = (iso) => { const at = new Date(iso); return `${two(at.getHours())}:${two(at.getMinutes())}`; };

class ScanTicket extends HTMLElement {
  connectedCallback() {
    const asked = new URLSearchParams(location.search), { base, event, code, pass } = this.dataset;
    const door = asked.get("door") || this.dataset.door, point = asked.get("point") || this.dataset.point;
    this.labels = JSON.parse(this.querySelector("#answers").textContent);
    this.already = JSON.parse(this.querySelector("#already").textContent);
    this.desk = new Desk({ base, event, code, pass, door, point, shell: this.hasAttribute("data-shell"), tablet: this.hasAttribute("data-kiosk") });
    this.desk.addEventListener("net", (message) => this.net(message.detail));
    this.desk.addEventListener("sent", () => { this.refresh(); this.recent(); });
    document.addEventListener("live:state", ({ detail }) => { if (detail.state === "off") this.desk.probe(); });
    addEventListener("beforeunload", (leaving) => { if (frail()) leaving.preventDefault(); });
    if (this.hasAttribute("data-shell")) this.name(door, point);
    this.parts();
    if (this.hasAttribute("data-kiosk")) { this.desk.begin(); this.dropPages(); return; }
    for (const topic of ["door", "reconnect"]) document.addEventListener(`live:${topic}`, () => this.soon());
    document.addEventListener("live:door", () => { this.listing ||= setTimeout(() => { this.listing = null; this.desk.list(); }, LIST_MS); });
    this.desk.begin();
    this.keepPage();
  }
  disconnectedCallback() { this.desk.end(); this.camera?.close(); }

  /* The page kept for offline use stands at any door: it takes the name from its address. */
  name(door, point) {
    const here = [...document.querySelectorAll(".where a[data-name]")].find((link) => {
      const query = new URL(link.href).searchParams;
      return point ? query.get("point") === point : query.get("door") === door && !query.get("point");
    });
    if (here) document.querySelector("[data-where]").textContent = here.dataset.name;
  }

  parts() {
    this.querySelector("[data-camera]").addEventListener("click", () => this.openCamera());
    this.querySelector("[data-torch]")?.addEventListener("click", () => this.camera.torch());
    const typed = this.querySelector("form.typed");
    typed.addEventListener("submit", (e) => { e.preventDefault(); this.inTurn(typed.elements.code.value); typed.reset(); });
    if (this.hasAttribute("data-kiosk")) return;
    this.addEventListener("submit", (e) => this.pressed(e));
    this.querySelector("[data-sure] button")?.addEventListener("click", () => this.inTurn(this.unsure, false, "code", true));
    const search = document.querySelector(".doorbar .search"), walkIn = document.querySelector(".walkin form");
    search.addEventListener("submit", (e) => { e.preventDefault(); this.search(search.elements.q.value); });
    search.addEventListener("input", () => { clearTimeout(this.typing); this.typing = setTimeout(() => this.search(search.elements.q.value), SEARCH_MS); });
    walkIn.addEventListener("submit", (e) => { e.preventDefault(); this.walkIn(walkIn); });
    walkIn.parentElement.addEventListener("toggle", () => { if (walkIn.parentElement.open) walkIn.elements.name.focus(); });
  }

  async openCamera() {
    const facing = this.hasAttribute("data-kiosk") ? "user" : "environment";
    const button = this.querySelector("[data-camera]"), torch = this.querySelector("[data-torch]");
    this.camera = new Camera(this.querySelector("video"), {
      seen: (code) => this.scan(code, true),
      decode: (blob) => this.decode(blob),
      blind: (yes) => this.blind(yes),
      gone: () => { button.hidden = false; if (torch) torch.hidden = true; },
    }, facing);
    if (!await this.camera.open()) return;
    button.hidden = true;
    if (torch) torch.hidden = !this.camera.hasTorch;
  }

  /* A browser that reads no codes by itself, and no server that does: who stands here goes on in the field for codes. */
  blind(yes) {
    const sign = this.querySelector("[data-blind]");
    if (yes && sign.hidden) {
      this.desk.probe(); // the rest of the page knows then, too, and asks until the network is back
      if (!document.activeElement?.matches("input")) this.querySelector("form.typed").elements.code.focus();
    }
    sign.hidden = !yes;
  }

  async decode(blob) {
    const body = new FormData(); body.append("photo", blob, "frame.jpg");
    const headers = { "X-Door-Pass": this.dataset.pass };
    const answer = await fetch(`${this.dataset.base}photo/`, { method: "POST", headers, body, signal: within(8000) });
    return (await answer.json()).code;
  }

  /* What was typed or pressed while an answer is on its way is next, never lost. */
  inTurn(...what) { this.turn = (this.turn || Promise.resolve()).then(() => this.scan(...what)); return this.turn; }

  /** The same code in view again within three seconds is the same ticket still held up; typed codes always count. */
  async scan(code, seen = false, how = this.hasAttribute("data-kiosk") ? "self" : "code", sure = false) {
    code = code.trim();
    if (seen && code && code === this.last && Date.now() - this.lastAt < SAME_MS) { this.lastAt = Date.now(); return; }
    if (seen && this.busy) return; // the camera sees it again in a moment
    this.last = code; this.lastAt = Date.now(); this.busy = true;
    const answer = code ? await this.desk.scan(code, how, sure) : { answer: "unknown" };
    this.busy = false; this.lastAt = Date.now();
    this.show(answer);
  }

  show(result) {
    const words = this.dataset, box = this.querySelector("[data-result]"), use = box.querySelector("use");
    const word = result.answer === "saved" ? words.wordsSaved : result.held ? words.wordsHeld : result.word || this.word(result.answer);
    const detail = result.detail || (result.here && words.wordsHere.replace("%s", clock(result.here)))
      || (result.before && this.before(...result.before)) || (result.unlisted && words.wordsUnlisted) || (result.unsure && words.wordsUnsure);
    box.hidden = false; box.className = `pass ${result.answer}`;
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#i-${ICONS[result.answer]}`));
    box.querySelector(".nm").textContent = result.name || word;
    box.querySelector(".grow .small").textContent = [result.name && word, detail, result.number && `No.${result.number}`].filter(Boolean).join(" · ");
    box.querySelectorAll(".car").forEach((node) => node.remove());
    if (result.carriage) for (const [label, value] of [[words.wordsCar, result.carriage], [words.wordsSeat, result.seat]]) {
      const car = make("div", "car", "");
      car.append(make("span", "small", label), make("b", "num", two(value)));
      box.append(car);
    }
    const ticket = this.querySelector("[data-ticket]");
    if (ticket) { ticket.hidden = !result.ticket; ticket.firstElementChild.innerHTML = result.ticket || ""; }
    const sure = this.querySelector("[data-sure]");
    this.unsure = result.unsure;
    if (sure) sure.hidden = !result.unsure;
    play(result.answer);
    if (this.hasAttribute("data-kiosk")) { this.clearLater(result); return; }
    if (this.looked) this.querySelector("[data-found]").replaceChildren();
    this.looked = Boolean(result.held && !result.kept);
    if (this.looked) this.search(result.number); // their row has the button that takes it
    if (result.answer === "ok") this.addRecent(result);
    this.soon();
  }

  word(answer) { return answer === "already" && this.desk.point ? this.dataset.wordsServed : this.labels[answer]; }

  /* When, where and by whom, in the words of the server. */
  before(at, door, name) {
    const said = this.already[(this.desk.point ? "served" : "inside") + (name ? "_by" : "")];
    return said.replace("%(at)s", at).replace("%(where)s", this.place(door)).replace("%(name)s", () => name);
  }

  place(door) { const words = this.dataset; return { stage: words.wordsStage, tablet: words.wordsTablet }[door] || words.wordsGateno.replace("%d", door); }

  /* A tablet by the door greets, and has forgotten the person when the next one comes. */
  clearLater(result) {
    const box = this.querySelector("[data-result]");
    if (!["ok", "saved"].includes(result.answer)) box.querySelector(".grow .small").textContent += ` · ${this.dataset.wordsHelp}`;
    clearTimeout(this.clearing);
    this.clearing = setTimeout(() => { box.hidden = true; box.querySelector(".nm").textContent = ""; }, GREET_MS);
  }

  /* As the server draws it in the rows of before. */
  badge(address) {
    const link = Object.assign(make("a", "muted num", ""), { href: address, target: "_blank", rel: "noopener" });
    const icon = this.querySelector("[data-result] svg").cloneNode(true), use = icon.querySelector("use");
    link.setAttribute("aria-label", this.dataset.wordsBadge);
    icon.setAttribute("class", "i s"); use.setAttribute("href", use.getAttribute("href").replace(/#.*/, "#i-export"));
    link.append(icon);
    return link;
  }

  addRecent(result) {
    const list = this.querySelector("[data-recent]"), row = document.createElement("li"), who = make("span", "grow", `${result.name} `);
    who.append(make("span", "muted num", result.number));
    row.append(make("span", "av s c5", [...result.name].at(/\p{Script=Han}/u.test(result.name) ? -1 : 0)), who);
    if (result.badge) row.append(this.badge(result.badge));
    row.append(make("span", "muted num", result.at || clock(new Date())));
    if (result.check_in || result.visit) {
      const form = document.createElement("form"), name = result.visit ? "visit" : "check_in", input = Object.assign(document.createElement("input"), { type: "hidden", name, value: result[name] });
      form.action = `${this.dataset.base}undo/${location.search}`; form.method = "post";
      form.append(input, make("button", "btn small quiet", this.dataset.wordsUndo));
      row.append(form);
    }
    list.prepend(row);
    while (list.children.length > 5) list.lastElementChild.remove();
  }

  /* What was sent late has its "Undo" from now on. A tablet shows no such rows. Who waits on this phone still, because
     the server could not take their row, stands in this list alone: it is read anew when nobody does. */
  async recent() {
    const list = this.querySelector("[data-recent]");
    if (!list || (await this.desk.mine()).length) return;
    try {
      const query = new URLSearchParams({ door: this.desk.door, point: this.desk.point || "" });
      const answer = await fetch(`${this.dataset.base}recent/?${query}`, { signal: within(6000) });
      if (answer.ok && !answer.redirected) list.innerHTML = await answer.text();
    } catch { /* the rows of before stay */ }
  }

  /* "Let in" of a search result, "Undo" of a row: the page stays open, and the camera with it. */
  async pressed(event) {
    const form = event.target;
    if (form.matches(".typed")) return;
    event.preventDefault();
    if (form.dataset.code) {
      this.querySelector("[data-found]").replaceChildren(); document.querySelector(".doorbar .search").reset();
      await this.inTurn(form.dataset.code, false, "name");
      return;
    }
    const answer = await this.ask(form.action, new FormData(form));
    if (!answer || answer.error) { this.say(answer?.error || (form.matches("[data-seat]") ? this.dataset.wordsNowalkin : this.dataset.wordsNoundo)); return; }
    form.closest("li").remove(); this.show(answer);
    if (answer.code) this.desk.forget(answer.code);
  }

  async walkIn(form) {
    if (this.pressing) return;
    this.pressing = true;
    const name = form.elements.name.value; // the same name while its answer is owed is the same person, pressed again
    if (name !== this.owed) form.elements.nonce.value = crypto.getRandomValues(new Uint32Array(4)).join("-").slice(0, 40);
    this.owed = name;
    const answer = await this.ask(form.action, new FormData(form));
    this.pressing = false;
    if (!answer) { this.say(this.dataset.wordsNowalkin); return; }
    if (answer.error) { this.say(answer.error); return; }
    this.owed = null; form.reset(); form.parentElement.open = false;
    this.show(answer);
  }

  async ask(url, body) {
    try {
      const answer = await fetch(url, { method: "POST", headers: { Accept: "application/json", "X-CSRFToken": this.dataset.csrf }, body, signal: within(6000) });
      if (answer.redirected || [403, 404].includes(answer.status)) { this.desk.shutOut(); return { error: this.dataset.wordsLogin }; }
      return await answer.json();
    } catch { this.desk.net(false); return null; }
  }

  async search(query) {
    const list = this.querySelector("[data-found]");
    if (!query.trim()) { list.replaceChildren(); return; }
    try {
      const answer = await fetch(`${this.dataset.base}found/?${new URLSearchParams({ q: query, door: this.desk.door, point: this.desk.point || "" })}`, { signal: within(6000) });
      if (answer.redirected || [403, 404].includes(answer.status)) { this.desk.shutOut(); list.replaceChildren(make("li", "muted", this.dataset.wordsLogin)); return; }
      if (!answer.ok) throw new Error(String(answer.status));
      list.innerHTML = await answer.text();
    } catch { list.replaceChildren(make("li", "muted", this.dataset.wordsNosearch)); }
  }

  say(text) {
    const box = this.querySelector("[data-result]");
    this.show({ answer: "unknown", word: text });
    box.querySelector(".nm").textContent = text;
  }

  net({ online, waiting, sending, refused }) {
    const node = document.querySelector("[data-queue]"), words = this.dataset;
    if (online && this.away && !this.camera?.track) this.blind(false); // photos: no frame asks again by itself
    this.away = !online;
    const said = refused ? words.wordsRefused : online && waiting ? words.wordsSending : waiting ? words.wordsQueued : words.wordsOffline;
    node.hidden = online && !waiting && !refused;
    node.querySelector("span").textContent = said.replace("%d", waiting);
    node.classList.toggle("bad", Boolean(refused)); node.dataset.waiting = waiting;
  }

  soon() { this.wait ||= setTimeout(() => { this.wait = null; this.refresh(); }, 400); }
  async refresh() {
    try {
      const query = new URLSearchParams({ door: this.desk.door, point: this.desk.point || "" });
      const { present, of, doors, pace } = await (await fetch(`${this.dataset.base}counts/?${query}`, { signal: within(6000) })).json();
      const flaps = this.querySelector("[data-present] .flaps"), shown = String(present).padStart(3, "0"), words = this.dataset;
      flaps.setAttribute("aria-label", shown);
      flaps.replaceChildren(...[...shown].map((digit) => make("span", "", digit)));
      this.querySelector("[data-of]").textContent = words.wordsOf.replace("%d", of);
      this.querySelector("[data-here]").textContent = (pace ? words.wordsPace.replace("%s", pace) : words.wordsGate).replace("%n", doors[this.desk.door] || 0);
    } catch { /* the next sign of life reads again */ }
  }

  /* What the crew's page kept on this device is not for those who stand at the tablet. */
  async dropPages() {
    try {
      for (const name of await caches.keys()) if (name.startsWith("door-")) await caches.delete(name);
      await (await navigator.serviceWorker.getRegistration(this.dataset.base))?.unregister();
    } catch { /* plain http kept nothing */ }
  }

  /* The page works without a network from the next opening on, where the browser lets it. */
  async keepPage() {
    if (!navigator.serviceWorker) return;
    try {
      await navigator.serviceWorker.register(`${this.dataset.base}worker.js`, { scope: this.dataset.base });
      const { active } = await navigator.serviceWorker.ready;
      const files = [...performance.getEntriesByType("resource").map(({ name }) => name), ...[...document.querySelectorAll("link[rel=stylesheet], script[src]")].map((node) => node.href || node.src)];
      active.postMessage({ keep: [...new Set(files)] });
    } catch { /* private windows, plain http: the page that is open goes on without it */ }
  }
}
customElements.define("scan-ticket", ScanTicket);
