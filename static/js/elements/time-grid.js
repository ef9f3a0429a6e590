/* <time-grid src="/…/editor/">grid of the draft</time-grid>
   Entries are dragged to another time or room (or moved with the arrow keys); every move is sent at once and can be
   taken back with Ctrl Z, one that is still held with Escape. What the server refuses goes back where it was, with the
   reason. */
const PX = 1.7; // a minute, as in talks.css
const pad = (n) => String(n).padStart(2, "0");

class TimeGrid extends HTMLElement {
  connectedCallback() {
    this.past = [];
    this.addEventListener("pointerdown", (event) => this.grab(event));
    this.addEventListener("keydown", (event) => this.key(event));
    this.addEventListener("click", (event) => { if (event.target.closest(".tgcard") && event.detail === 0) this.open(event.target.closest(".tgcard")); });
  }
  disconnectedCallback() { this.drop?.(); }
  get grid() { return this.querySelector(".tgrid"); }
  get step() { return Number(this.grid.dataset.step); }
  get lanes() { return [...this.querySelectorAll(".tgcol")]; }
  minutes(clock) { const [hour, minute] = clock.split(":").map(Number); return hour * 60 + minute; }
  clock(at) {
    const all = (this.minutes(this.grid.dataset.begin) + at + 2880) % 1440;
    return `${pad(Math.floor(all / 60))}:${pad(all % 60)}`;
  }
  where(card) { return { at: Number(card.dataset.at), span: Number(card.dataset.span), room: card.closest(".tgcol").dataset.room }; }
  put(card, { at, span, room }) {
    card.dataset.at = at; card.dataset.span = span;
    card.style.setProperty("--at", at); card.style.setProperty("--span", span);
    card.querySelector(".num").textContent = `${this.clock(at)}–${this.clock(at + span)}`;
    const lane = this.lanes.find((column) => column.dataset.room === room)?.querySelector(".tglane");
    if (lane && card.parentElement !== lane) lane.append(card);
  }

  grab(event) {
    const card = event.target.closest(".tgcard");
    if (!card || event.button) return;
    this.drop?.(); // one drag at a time: another finger, or a release nobody told us of
    const was = this.where(card), y = event.clientY, stretching = card.getBoundingClientRect().bottom - event.clientY < 8;
    const listening = new AbortController();
    let moved = false;
    const release = () => {
      listening.abort(); this.drop = null; card.classList.remove("held");
      if (moved) card.focus({ preventScroll: true }); // another lane cost it the focus, and Ctrl Z needs it here
    };
    const back = this.drop = () => { this.put(card, was); release(); };
    const move = (now) => {
      if (!now.buttons) { back(); return; } // let go where the page could not see it
      const by = Math.round((now.clientY - y) / PX / this.step) * this.step;
      if (!moved && Math.abs(now.clientY - y) < 5 && Math.abs(now.clientX - event.clientX) < 12) return;
      moved = true; card.classList.add("held");
      const over = this.lanes.find((column) => { const box = column.getBoundingClientRect(); return now.clientX >= box.left && now.clientX < box.right; });
      this.put(card, stretching ? { ...was, span: Math.max(this.step, was.span + by) } : { ...was, at: Math.max(0, was.at + by), room: (over || card.closest(".tgcol")).dataset.room });
    };
    const done = () => { release(); if (moved) this.keep(card, was); else this.open(card); };
    // The document listens, as no capture survives a card's way into another lane: it leaves the tree for a moment.
    // For the same reason a lost capture ends nothing here.
    const hear = (type, act) => document.addEventListener(type, (now) => { if (now.pointerId === event.pointerId) act(now); }, { signal: listening.signal });
    hear("pointermove", move); hear("pointerup", done); hear("pointercancel", back);
    document.addEventListener("keydown", (now) => { if (now.key === "Escape") { now.preventDefault(); back(); } }, { signal: listening.signal });
  }

  key(event) {
    if ((event.ctrlKey || event.metaKey) && event.key === "z" && !event.target.matches("input")) { event.preventDefault(); this.undo(); return; }
    const card = event.target.closest(".tgcard"), by = { ArrowUp: -this.step, ArrowDown: this.step }[event.key];
    const side = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!card || (by === undefined && side === undefined) || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const was = this.where(card), lane = this.lanes.indexOf(card.closest(".tgcol"));
    const room = this.lanes[Math.min(this.lanes.length - 1, Math.max(0, lane + (side || 0)))].dataset.room;
    const next = by === undefined ? { ...was, room } : event.shiftKey ? { ...was, span: Math.max(this.step, was.span + by) } : { ...was, at: Math.max(0, was.at + by) };
    this.put(card, next); card.focus();
    this.first ??= was; // a run of presses is one move
    clearTimeout(this.wait);
    this.wait = setTimeout(() => { const from = this.first; this.first = null; this.keep(card, from); }, 500);
  }

  async keep(card, was, to = null) {
    const now = to || this.where(card);
    if (JSON.stringify(now) === JSON.stringify(was)) return;
    const body = new FormData();
    body.set("csrfmiddlewaretoken", this.querySelector("[name=csrfmiddlewaretoken]").value);
    for (const [name, value] of Object.entries({ start: this.clock(now.at), end: this.clock(now.at + now.span), room: now.room, track: card.dataset.track })) body.set(name, value);
    try {
      const answer = await fetch(card.dataset.url, { method: "POST", body, headers: { "X-Fragment": "1" } });
      if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).error || this.dataset.failed);
      if (!to) this.past.push([card.dataset.talk, was, this.grid.dataset.begin]);
      this.say(this.dataset.moved.replace("{title}", card.dataset.title).replace("{start}", this.clock(now.at)).replace("{end}", this.clock(now.at + now.span)));
      await this.again(card.dataset.talk);
    } catch (error) { this.put(card, was); this.say(error instanceof TypeError ? this.dataset.failed : error.message, true); }
  }

  async again(talk) {
    const answer = await fetch(this.getAttribute("src"), { headers: { "X-Fragment": "1" } });
    const body = await answer.text();
    if (!answer.ok || this.first || this.drop || this.querySelector(".tgedit[open]")) return;
    const focused = document.activeElement?.closest?.(".tgcard")?.dataset.talk;
    this.querySelector("[data-body]").innerHTML = body;
    if (focused) this.querySelector(`.tgcard[data-talk="${focused}"]`)?.focus();
  }
  undo() {
    const last = this.past.pop(), card = last && this.querySelector(`.tgcard[data-talk="${last[0]}"]`);
    if (!card) return;
    // Since then the day may begin at another hour, and a room that became empty has no lane before the grid is drawn anew.
    const [, then, begin] = last, was = this.where(card);
    const later = (this.minutes(begin) - this.minutes(this.grid.dataset.begin) + 2160) % 1440 - 720;
    const to = { ...then, at: then.at + later };
    this.put(card, to); this.keep(card, was, to);
  }
  open(card) {
    const form = this.querySelector(`#${card.dataset.opens}`);
    form.open = true; form.scrollIntoView({ block: "center" }); form.querySelector("input[name=start]").focus();
  }
  say(text, bad = false) {
    const place = this.querySelector("[data-say]");
    place.className = bad ? "notice bad" : "sr"; place.textContent = text;
  }
}
customElements.define("time-grid", TimeGrid);
