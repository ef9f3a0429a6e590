/* <tear-stub>: hold the grip and pull it to the right; past 60 % the stub tears and drops into the box. The button does
   the same, and so does a shake; while a draw is open a tap on the box or on the stub counts too. Each tells the document "raffle:tap" with the rhythm of the hand. */
const ENOUGH = 0.6, SHAKE = 22, SHAKE_GAP_MS = 700;

class TearStub extends HTMLElement {
  connectedCallback() {
    this.stop = new AbortController();
    const { signal } = this.stop;
    this.grip = this.querySelector(".grip"); this.track = this.querySelector(".track");
    this.grip.addEventListener("pointerdown", (event) => this.take(event));
    this.grip.addEventListener("pointermove", (event) => this.pull(event));
    for (const name of ["pointerup", "pointercancel"]) this.grip.addEventListener(name, () => this.let());
    this.querySelector("[data-drop]").addEventListener("click", () => this.tear([[0, Math.round(performance.now())]]));
    for (const node of [this.querySelector(".tear"), document.querySelector(".luckpot")]) node?.addEventListener("pointerdown", (event) => this.tap(event), { signal });
    addEventListener("devicemotion", (event) => this.shake(event), { signal });
    document.addEventListener("raffle:state", (event) => this.follow(event.detail), { signal });
    document.addEventListener("raffle:counted", () => this.counted(), { signal });
    this.taps = 0;
  }

  disconnectedCallback() { this.stop.abort(); }

  get way() { return this.track.clientWidth - this.grip.offsetWidth - 12; }

  take(event) {
    this.from = event.clientX; this.rhythm = [];
    this.grip.setPointerCapture(event.pointerId);
    this.classList.add("pulling");
  }

  pull(event) {
    if (this.from === undefined) return;
    const x = Math.max(0, Math.min(this.way, event.clientX - this.from));
    this.rhythm.push([Math.round(x), Math.round(event.timeStamp)]);
    this.style.setProperty("--pull", `${x}px`); this.style.setProperty("--torn", x / this.way);
    if (x >= this.way * ENOUGH) { const { rhythm } = this; this.from = undefined; this.tear(rhythm); }
  }

  let() {
    this.from = undefined;
    this.classList.remove("pulling");
    this.style.removeProperty("--pull"); this.style.removeProperty("--torn");
  }

  /** A tap anywhere but on the grip, which is about to be pulled. */
  tap(event) {
    if (!this.open || this.hidden || this.grip.contains(event.target)) return;
    navigator.vibrate?.(18);
    document.dispatchEvent(new CustomEvent("raffle:tap", { detail: { rhythm: [[Math.round(event.clientX), Math.round(event.clientY), Math.round(event.timeStamp)]] } }));
    document.querySelector("stub-pot")?.drop();
  }

  tear(rhythm) {
    this.classList.remove("pulling"); this.classList.add("torn");
    navigator.vibrate?.([18, 30, 40]);
    document.dispatchEvent(new CustomEvent("raffle:tap", { detail: { rhythm } }));
    document.querySelector("stub-pot")?.drop();
    setTimeout(() => { this.let(); this.classList.remove("torn"); this.classList.add("in"); }, 1200);
    if (window.DeviceMotionEvent?.requestPermission) DeviceMotionEvent.requestPermission().catch(() => {});
  }

  shake({ acceleration, accelerationIncludingGravity }) {
    const a = acceleration?.x !== null && acceleration ? acceleration : accelerationIncludingGravity;
    if (!a || !this.open || Math.hypot(a.x, a.y, a.z) < SHAKE || performance.now() - (this.shaken || 0) < SHAKE_GAP_MS) return;
    this.shaken = performance.now();
    this.tear([[Math.round(a.x * 10), Math.round(a.y * 10), Math.round(a.z * 10), Math.round(this.shaken)]]);
  }

  follow(state) {
    this.open = state.draw?.phase === "open";
    this.classList.toggle("live", this.open);
    const out = Boolean(state.me.why_not && state.me.why_not !== "id") || Boolean(state.me.not_in_draw);
    this.hidden = !(this.open && state.me.in_draw) && (out || ["frozen", "drawn"].includes(state.draw?.phase));
    if (this.number !== state.draw?.number || !this.open) { this.number = state.draw?.number; this.taps = 0; this.querySelector("[data-counted]").textContent = ""; }
    const pot = document.querySelector("stub-pot");
    document.querySelector(".headmarks head-marks")?.setAttribute("numbers", state.pictograms.join(" "));
    const head = document.querySelector(".headmarks .mono");
    if (head) head.textContent = state.short_head;
    pot?.setAttribute("count", String(state.draw?.phase === "open" ? state.draw.pool : state.box.count));
  }

  counted() {
    this.taps += 1;
    this.querySelector("[data-counted]").textContent = this.dataset.counted.replace("{n}", this.taps);
  }
}
customElements.define("tear-stub", TearStub);
