/* <story-board save state token>: drag, trim, swap, lock, mute, caption, music; keeps each change and shows a preview of it. */
const FPS = 30, SETTLE_MS = 500, ASK_MS = 700, LATER_MS = 2000;
const HEARD = ["live:film", "live:reconnect"]; // the second where a network cuts the stream
const seconds = (frames) => (frames / FPS).toFixed(2);
const clock = (frames) => `${Math.floor(frames / FPS / 60)}:${String(Math.floor(frames / FPS) % 60).padStart(2, "0")}`;

class StoryBoard extends HTMLElement {
  connectedCallback() {
    this.list = this.querySelector(".sbrows");
    this.video = this.querySelector("video");
    this.said = this.querySelector(".sbstate");
    for (const row of this.rows) this.prepare(row);
    this.addEventListener("click", (event) => this.pressed(event));
    this.addEventListener("input", (event) => this.typed(event));
    this.addEventListener("change", (event) => this.chosen(event));
    this.addEventListener("pointerdown", (event) => this.touch(event));
    this.addEventListener("dragstart", (event) => this.lift(event));
    this.addEventListener("dragover", (event) => this.over(event));
    this.addEventListener("dragend", () => this.put());
    this.onlive = () => this.ask();
    for (const name of HEARD) document.addEventListener(name, this.onlive);
    this.addEventListener("submit", (event) => this.make(event));
    this.querySelector("audio")?.addEventListener("play", () => { this.taps = []; }); // begun again, also by its own button
    addEventListener("pagehide", this.onleave = () => this.leave());
    addEventListener("pageshow", this.onback = (event) => { if (event.persisted && this.left) location.reload(); });
    if (this.hasAttribute("waiting") || this.hasAttribute("listening")) this.ask();
  }
  disconnectedCallback() { for (const name of HEARD) document.removeEventListener(name, this.onlive); removeEventListener("pagehide", this.onleave); removeEventListener("pageshow", this.onback); clearTimeout(this.wait); clearTimeout(this.asking); }

  get rows() { return [...this.list.children]; }
  prepare(row) {
    const total = Number(row.dataset.frames) || Math.max(1, Math.floor(Number(row.dataset.seconds) * FPS));
    row.dataset.frames = total;
    const start = row.querySelector("[data-start-of]"), length = row.querySelector("[data-length-of]");
    start.max = Math.max(0, total - 6); length.max = total;
    start.value = row.dataset.start ?? row.dataset.source ?? 0;
    length.value = row.dataset.length || Number(row.dataset.planned) || total;
    this.say(row);
  }
  say(row) {
    const length = row.querySelector("[data-length-of]").value, start = row.querySelector("[data-start-of]").value;
    row.querySelector(".sblen").textContent = `${seconds(start)}–${seconds(Number(start) + Number(length))} s`;
  }
  pressed(event) {
    const act = event.target.closest("[data-act]"), row = event.target.closest(".sbrow");
    const add = event.target.closest("[data-add]");
    if (event.target.closest(".sbwithout")) { this.without(); return; }
    if (event.target.closest("[data-tap]")) { this.tap(event.target.closest(".sbtap")); return; }
    if (add) {
      this.list.append(add.nextElementSibling.content.cloneNode(true));
      this.prepare(this.list.lastElementChild); add.closest("li").remove(); this.unswap(); this.byhand(); this.soon(); return;
    }
    if (!act || !row) return;
    const kind = act.dataset.act;
    if (kind === "up" && row.previousElementSibling) row.previousElementSibling.before(row);
    if (kind === "down" && row.nextElementSibling) row.nextElementSibling.after(row);
    if (kind === "drop") { if (this.rows.length === 1) return; row.remove(); }
    if (["up", "down", "drop"].includes(kind)) this.byhand();
    if (kind === "lock" || kind === "mute") {
      act.setAttribute("aria-pressed", String(row.toggleAttribute(`data-${kind}`)));
      if (kind === "lock" && row.hasAttribute("data-lock")) this.hold(row);
    }
    act.focus(); this.soon();
  }
  byhand() { this.querySelector("[name=order]").value = "hand"; }
  without() { // the shots that stopped the preview
    const stopped = this.rows.filter((row) => this.stopped.includes(Number(row.dataset.clip)));
    if (stopped.length === this.rows.length) return;
    for (const row of stopped) row.remove();
    this.byhand(); this.touched = true; this.keep();
  }
  hold(row) { // locked means: these very frames
    row.dataset.start = row.querySelector("[data-start-of]").value;
    row.dataset.length = row.querySelector("[data-length-of]").value;
  }
  typed(event) {
    if (!event.target.matches(".sbswap")) this.touched = true;
    const row = event.target.closest(".sbrow");
    if (row && event.target.matches("[data-start-of], [data-length-of]")) {
      const start = row.querySelector("[data-start-of]"), length = row.querySelector("[data-length-of]"), total = Number(row.dataset.frames);
      if (Number(start.value) + Number(length.value) > total) {
        if (event.target === start) length.value = total - start.value; else start.value = total - length.value;
      }
      this.hold(row); this.say(row);
    }
  }
  chosen(event) {
    if (event.target.matches(".sbswap") && event.target.value) {
      const row = event.target.closest(".sbrow"), button = this.querySelector(`[data-add="${event.target.value}"]`);
      const part = button.nextElementSibling.content.cloneNode(true);
      row.replaceWith(part); button.closest("li").remove(); this.unswap(); this.byhand();
      for (const one of this.rows) if (!one.querySelector(".sblen").textContent) this.prepare(one);
    }
    if (event.target.matches("[name=soundtrack]")) this.afresh = true; // other music has other beats to show
    this.soon();
  }
  unswap() { // a take that is in the film now can be swapped in nowhere
    const spare = new Set([...this.querySelectorAll("[data-add]")].map((button) => button.dataset.add));
    for (const option of this.querySelectorAll(".sbswap option")) if (option.value && !spare.has(option.value)) option.remove();
  }
  touch(event) { // only what is no control lifts its row: a slider that is pulled, or words that are chosen, leave it lying
    const row = event.target.closest?.(".sbrow");
    if (row) row.draggable = !event.target.closest("input, select, button, label");
  }
  lift(event) {
    const row = event.target.closest?.(".sbrow");
    if (!row?.draggable) return;
    this.held = row; row.classList.add("dragging"); event.dataTransfer.effectAllowed = "move"; event.dataTransfer.setData("text/plain", row.dataset.clip);
  }
  over(event) {
    const row = event.target.closest?.(".sbrow");
    if (!this.held) return;
    event.preventDefault();
    if (!row || row === this.held) return;
    const box = row.getBoundingClientRect();
    if (event.clientY > box.top + box.height / 2) row.after(this.held); else row.before(this.held);
  }
  put() { if (!this.held) return; this.held.classList.remove("dragging"); this.held = null; this.byhand(); this.soon(); }

  wishes() {
    const whole = (name) => this.querySelector(`[name=${name}]`);
    const rows = this.rows.map((row) => ({
      clip: Number(row.dataset.clip), lock: row.hasAttribute("data-lock"), mute: row.hasAttribute("data-mute"), take: row.hasAttribute("data-take"),
      caption: row.querySelector(".sbcaption").value,
      ...(row.dataset.start !== undefined ? { start: Number(row.dataset.start) } : {}),
      ...(row.dataset.length ? { length: Number(row.dataset.length) } : {}),
    }));
    const found = { seen: this.getAttribute("seen"), rows, order: whole("order").value, style: whole("style").value, length: whole("length").value, own_sound: whole("own_sound").value, soundtrack: whole("soundtrack").value };
    if (whole("bpm")) { found.tempo_of = Number(this.querySelector(".sbtap").dataset.track); found.bpm = whole("bpm").value ? Number(whole("bpm").value) : null; found.offset = Number(whole("offset").value) || 0; }
    return found;
  }
  soon() { this.touched = true; clearTimeout(this.wait); this.wait = setTimeout(() => this.keep(), SETTLE_MS); }
  /* One save at a time: what changes meanwhile is sent after it, to the address and with the mark that came back.
     Gives what the server answered last, or null when the change is not kept. */
  keep() { this.due = true; return this.keeping ??= this.kept().finally(() => { this.keeping = null; }); }
  async kept() {
    let found = null, moved = "";
    do {
      clearTimeout(this.wait); this.due = false;
      found = await this.send();
      if (found?.save && found.save !== this.getAttribute("save")) { // a version of its own
        moved = found.url;
        for (const name of ["save", "state"]) this.setAttribute(name, found[name]);
        this.querySelector(".sbrender").action = found.render;
      }
    } while (found && this.due);
    if (!found || this.rendering) return found;
    if (moved) { location.href = moved; return found; }
    const same = String(found.rows.map((row) => row.clip)) === String(this.rows.map((row) => Number(row.dataset.clip)));
    if (this.afresh || !same) { location.reload(); return found; } // other shots, in another order
    this.show(found); this.ask();
    return found;
  }
  letter() { return { method: "POST", body: JSON.stringify(this.wishes()), headers: { "Content-Type": "application/json", "X-CSRFToken": this.getAttribute("token") } }; }
  async send() {
    this.said.textContent = this.dataset.keeping; this.touched = false;
    let answer;
    try { answer = await fetch(this.getAttribute("save"), this.letter()); } catch {
      this.touched = true; this.said.textContent = this.dataset.offline;
      this.wait = setTimeout(() => this.keep(), 3000);
      return null;
    }
    const found = await answer.json().catch(() => ({ error: answer.status }));
    if (!answer.ok) { this.touched = true; this.said.textContent = found.error; return null; }
    this.said.textContent = this.dataset.kept; this.setAttribute("seen", found.seen);
    return found;
  }
  async make(event) { // the film is made of what the page shows: a change that is still on its way goes first
    if (!this.touched && !this.keeping) return;
    event.preventDefault();
    if (this.rendering) return;
    this.rendering = true;
    if (await this.keep()) event.target.submit(); else this.rendering = false;
  }
  leave() { // what was typed a moment ago goes along
    this.left = true;
    if (!this.touched || this.rendering) return;
    this.touched = false;
    fetch(this.getAttribute("save"), { ...this.letter(), keepalive: true }).catch(() => {});
  }
  show(found) {
    this.querySelector(".sbtotal").textContent = clock(found.frames);
    const strip = this.querySelector(".sbstrip"), parts = [];
    for (const plan of found.rows) {
      const row = this.list.querySelector(`[data-clip="${plan.clip}"]`);
      row.querySelector(".sbat").textContent = `${clock(plan.start)}${plan.on_beat ? ` · ${this.dataset.onbeat}` : ""}`;
      const bar = document.createElement("i");
      bar.className = `ln${row.dataset.colour}`; bar.style.setProperty("--w", plan.length); parts.push(bar);
      if (row.dataset.start === undefined) row.querySelector("[data-start-of]").value = plan.source;
      row.querySelector("[data-length-of]").value = plan.length; this.say(row);
    }
    strip.replaceChildren(...parts);
  }
  /* What a page that is loaded again would take away: a change on its way, a row in the hand, what plays. */
  get busy() { return this.touched || this.keeping || this.rendering || this.held || [...this.querySelectorAll("audio, video")].some((one) => !one.paused); }
  async ask() {
    clearTimeout(this.asking);
    let found;
    try { found = await (await fetch(this.getAttribute("state"))).json(); } catch { this.asking = setTimeout(() => this.ask(), 3000); return; }
    if (this.hasAttribute("listening") && found.heard) { // its beats are known now: the plan and the page follow them
      if (!this.busy) { location.reload(); return; }
      this.asking = setTimeout(() => this.ask(), LATER_MS);
      if (this.touched) return; // why a change was not kept stays said
    }
    this.stopped = found.stopped_by; this.querySelector(".sbwithout").hidden = !found.stopped_by.length;
    if (found.error) this.said.textContent = this.dataset.failed.replace("{why}", found.error);
    else if (found.percent !== null) { this.said.textContent = found.waits || this.dataset.making.replace("{n}", found.percent); clearTimeout(this.asking); this.asking = setTimeout(() => this.ask(), ASK_MS); }
    else this.said.textContent = "";
    if (found.film && this.video.getAttribute("src") !== found.film) {
      const at = this.video.currentTime, playing = !this.video.paused;
      this.video.src = found.film;
      this.video.addEventListener("loadedmetadata", () => { this.video.currentTime = Math.min(at, this.video.duration || 0); if (playing) this.video.play(); }, { once: true });
    }
  }
  tap(box) { // least squares over the taps, in seconds of the music
    const audio = this.querySelector("audio"), said = box.querySelector("[role=status]");
    if (audio.paused) { audio.play(); this.taps = []; said.textContent = this.dataset.tapmore; return; }
    (this.taps ??= []).push(audio.currentTime);
    if (this.taps.length < 4) { said.textContent = this.dataset.tapmore; return; }
    const gaps = this.taps.slice(1).map((time, n) => time - this.taps[n]).sort((a, b) => a - b), middle = gaps[gaps.length >> 1];
    const count = this.taps.map((time) => Math.round((time - this.taps[0]) / middle)), n = this.taps.length;
    const mx = count.reduce((a, b) => a + b) / n, my = this.taps.reduce((a, b) => a + b) / n;
    const step = count.reduce((sum, x, i) => sum + (x - mx) * (this.taps[i] - my), 0) / count.reduce((sum, x) => sum + (x - mx) ** 2, 0);
    const bpm = 60 / step, first = my - step * mx;
    if (!(bpm >= 30 && bpm <= 300)) return;
    said.textContent = this.dataset.tapped.replace("{n}", bpm.toFixed(1));
    this.querySelector("[name=bpm]").value = bpm.toFixed(2);
    this.querySelector("[name=offset]").value = (((first % step) + step) % step).toFixed(3);
    this.soon();
  }
}
customElements.define("story-board", StoryBoard);
