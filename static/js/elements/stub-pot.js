/* Canvas scenery of the raffle: the glass box that fills with stubs, and the paper chads that fall for the winner. */
const STUBS = ["#f6dcd0", "#f3d3c4", "#eec6b4", "#f8e4da"];
const CHADS = ["#f6dcd0", "#f0cdbd", "#ffc23d", "#f5eddc", "#e9b8a6"];
const MONO = 'ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace';
const L = 60, R = 920, T = 150, F = 664, W = 980, H = 720;

function generator(state) { return () => { state = (state * 1664525 + 1013904223) >>> 0; return state / 4294967296; }; }

/** The box: `fill(n)` sets how many stubs lie in it; new ones fall through the slot. */
export class StubPot {
  constructor(canvas, reduced) {
    this.g = canvas.getContext("2d"); this.reduced = reduced; this.stubs = []; this.falling = []; this.random = generator(7);
    this.layer = document.createElement("canvas"); this.layer.width = W; this.layer.height = H;
    this.base();
  }
  base() {
    const g = this.layer.getContext("2d");
    g.clearRect(0, 0, W, H);
    g.fillStyle = "#0a3428"; g.beginPath(); g.roundRect(L - 14, T - 20, R - L + 28, F - T + 34, 18); g.fill();
    g.strokeStyle = "#0c4a3a"; g.lineWidth = 16; g.stroke();
    this.stubs.forEach((stub) => this.stub(g, stub));
  }
  place(n) {
    const r = this.random, row = Math.min(20, Math.floor(n / 11));
    const x = L + 62 + r() * (R - L - 124);
    let y = F - 24 - row * 23 + (r() - 0.5) * 14;
    y -= Math.max(0, 1 - Math.abs(x - W / 2) / (W / 2)) * 34;
    return { x, y: Math.max(T + 30, y), a: (r() - 0.5) * 1.3, c: STUBS[n % 4], n: String(n + 1).padStart(4, "0") };
  }
  fill(count) {
    const known = this.stubs.length + this.falling.length;
    if (count < known) { this.stubs = this.stubs.slice(0, count); this.falling = []; this.base(); return; }
    for (let n = known; n < count; n++) {
      const stub = this.place(n);
      if (known === 0 || this.reduced || count - known > 12) { this.stubs.push(stub); this.stub(this.layer.getContext("2d"), stub); }
      else this.falling.push({ stub, at: performance.now() + (n - known) * 350 });
    }
  }
  stub(g, { x, y, a, c, n }) {
    g.save(); g.translate(x, y); g.rotate(a); g.fillStyle = c; g.strokeStyle = "#c98f7d"; g.lineWidth = 1;
    g.beginPath(); g.roundRect(-52, -24, 104, 48, 5); g.fill(); g.stroke();
    g.fillStyle = "#a82219"; g.font = `700 24px ${MONO}`; g.textAlign = "center"; g.fillText(n, 0, 9); g.restore();
  }
  draw() {
    const { g } = this, now = performance.now();
    g.clearRect(0, 0, W, H); g.drawImage(this.layer, 0, 0);
    for (const drop of [...this.falling]) {
      const p = (now - drop.at) / 900;
      if (p < 0) continue;
      if (p >= 1) { this.falling.splice(this.falling.indexOf(drop), 1); this.stubs.push(drop.stub); this.stub(this.layer.getContext("2d"), drop.stub); continue; }
      const y = 60 + (drop.stub.y - 60) * p * p;
      this.stub(g, { ...drop.stub, x: W / 2 + (drop.stub.x - W / 2) * Math.max(0, p - 0.3) / 0.7, y, a: drop.stub.a * p });
    }
    g.fillStyle = "rgba(255,255,255,.05)"; g.beginPath(); g.moveTo(L - 8, T - 12); g.lineTo(L + 360, T - 12); g.lineTo(L + 180, F + 8); g.lineTo(L - 8, F + 8); g.fill();
    g.fillStyle = "#12584a"; g.beginPath(); g.roundRect(18, 84, W - 36, 66, 16); g.fill();
    g.fillStyle = "#f4b92f"; g.fillRect(18, 138, W - 36, 9);
    g.fillStyle = "#04150f"; g.beginPath(); g.roundRect(W / 2 - 170, 104, 340, 16, 8); g.fill();
  }
}

/** Paper for nine seconds. */
export class Chads {
  constructor(canvas, reduced) {
    this.canvas = canvas; this.g = canvas.getContext("2d"); this.reduced = reduced; this.t0 = performance.now();
    this.bits = Array.from({ length: 260 }, (_, i) => ({ x: Math.random(), y: -Math.random() * 1.15, r: 4 + Math.random() * 9, v: 0.13 + Math.random() * 0.17, s: Math.random() * 6.28, w: 0.6 + Math.random() * 2.4, a: Math.random() * 6.28, c: CHADS[i % 5], t: i % 7 === 0 }));
  }
  again() { this.t0 = performance.now(); this.clean = false; }
  draw() {
    const t = (performance.now() - this.t0) / 1000;
    if (this.reduced || t > 9.2) { if (!this.clean) { this.g.clearRect(0, 0, this.canvas.width, this.canvas.height); this.clean = true; } return; }
    const { g } = this, W2 = (this.canvas.width = innerWidth), H2 = (this.canvas.height = innerHeight);
    g.globalAlpha = t > 7 ? Math.max(0, 1 - (t - 7) / 2) : 1;
    for (const p of this.bits) {
      let y = p.y + p.v * t * 1.25;
      if (y > 1.05 && t < 6) y -= 1.2;
      const x = p.x * W2 + Math.sin(p.s + t * p.w) * 24 * W2 / 1920, k = Math.abs(Math.cos(p.a + t * p.w * 2));
      g.fillStyle = p.c; g.beginPath();
      if (p.t) { g.save(); g.translate(x, y * H2); g.rotate(p.s + t * p.w * 0.6); g.roundRect(-p.r * 1.9, -p.r * 0.8, p.r * 3.8, p.r * 1.6 * Math.max(0.25, k), 2); g.fill(); g.restore(); }
      else { g.ellipse(x, y * H2, p.r * W2 / 1920, p.r * Math.max(0.22, k) * W2 / 1920, p.s, 0, 6.283); g.fill(); }
    }
    g.globalAlpha = 1;
  }
}

/* <stub-pot count="112" own="0052" name="Kevin周">: the box on a phone. `drop()` lets one's own stub fall in. */
class StubPotElement extends HTMLElement {
  static observedAttributes = ["count"];

  connectedCallback() {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.pot = new StubPot(this.querySelector("canvas"), still);
    this.attributeChangedCallback();
    const frame = () => { if (!this.isConnected) return; this.pot.draw(); requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
  }

  attributeChangedCallback() {
    const count = Number(this.getAttribute("count")) || 0;
    this.pot?.fill(Math.min(count, 220));
    const flaps = this.parentElement?.querySelector("[data-count]"), text = String(count).padStart(3, "0");
    if (!flaps || flaps.dataset.count === text) return;
    flaps.dataset.count = text; flaps.setAttribute("aria-label", String(count));
    flaps.replaceChildren(...[...text].map((digit) => Object.assign(document.createElement("span"), { textContent: digit })));
  }

  drop() { this.classList.remove("dropping"); void this.offsetWidth; this.classList.add("dropping"); }
}
customElements.define("stub-pot", StubPotElement);
