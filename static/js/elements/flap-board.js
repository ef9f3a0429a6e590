/* <flap-board>: everybody in the pool on split flaps, one canvas. Each face is drawn once into a layer of the size of
   the board; a frame copies only the tiles that moved, so that a projector without a GPU keeps 60 frames a second.
   `board.show(draw, clock)` gives it the stage's state of the draw and a function for the server's time in ms;
   fires "board:end" when the film is over. Words come from data attributes: {n} number, {c} car, {s} seat. */
import * as show from "../raffle/show.js";
import { AMBER, BOARD, DIM, FACES, INK, MONO, SANS, canvasOf, fit, plate } from "../raffle/plates.js";
import * as sound from "../raffle/sound.js";
import { MARKS, OUTLINES } from "./head-marks.js";

const W = 1920, H = 1080, LEFT = 150, TOP = 196, RIGHT = 60, GRID_H = 753, HEADING = 940; // the count has the rest of that line
const ease = (x) => (x <= 0 ? 0 : x >= 1 ? 1 : 1 - (1 - x) ** 3);

export class FlapBoard extends HTMLElement {
  connectedCallback() {
    this.canvas = this.querySelector("canvas") || this.appendChild(document.createElement("canvas"));
    this.canvas.setAttribute("role", "img");
    this.g = this.canvas.getContext("2d", { alpha: false });
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.stop = new AbortController();
    addEventListener("resize", () => this.build(), { signal: this.stop.signal });
    document.fonts?.ready.then(() => this.build());
  }

  disconnectedCallback() { this.stop.abort(); cancelAnimationFrame(this.frame); this.frame = 0; }

  /** Show this state of the draw; call it again whenever the state changed. */
  show(draw, clock) {
    if (this.draw && this.draw.number !== draw.number) { this.movie = null; this.paged = false; }
    const same = this.draw && this.draw.number === draw.number && this.draw.pool.length === draw.pool.length;
    this.draw = draw; this.clock = clock;
    if (draw.departures && !this.movie) {
      this.movie = show.film(draw.departures, draw.qty);
      this.startMs = draw.start_at ?? show.departuresStartMs(draw.frozen_at, draw.drawn_at);
      this.ended = false;
    }
    if (!same) this.build();
    this.paintHead();
    this.canvas.setAttribute("aria-label", this.say("label", { n: draw.number, count: draw.pool.length }));
    if (!this.frame) this.frame = requestAnimationFrame(() => this.tick());
  }

  say(name, values) { return (this.dataset[name] || "").replace(/\{(\w+)\}/g, (_all, key) => values[key] ?? ""); }

  two(value) { return String(value).padStart(2, "0"); }

  /* Everything that does not move: places, faces, heading. */
  build() {
    if (!this.draw || !this.isConnected) return;
    const dpr = Math.min(devicePixelRatio || 1, 2), box = this.getBoundingClientRect();
    const width = Math.round((box.width || innerWidth) * dpr), height = Math.round((box.height || innerHeight) * dpr);
    this.canvas.width = width; this.canvas.height = height;
    this.scale = Math.min(width / W, height / H);
    this.ox = Math.round((width - W * this.scale) / 2); this.oy = Math.round((height - H * this.scale) / 2);
    const pool = this.paged ? show.survivors(this.movie, this.draw.pool) : this.draw.pool;
    this.plan = show.places(pool);
    const s = this.scale, { cols, rows } = this.plan, gap = Math.max(1, Math.round((cols > 13 ? 130 / cols / 2 : 7) * s));
    this.gap = gap;
    this.tw = Math.floor((W - LEFT - RIGHT) * s / cols) - gap; this.th = Math.floor((GRID_H + 7) * s / rows) - gap;
    this.gx = this.ox + Math.round(LEFT * s); this.gy = this.oy + Math.round(TOP * s);
    this.tiles = pool.map((person, i) => {
      const [c, r] = this.plan.at[i];
      return { person, x: c * (this.tw + gap), y: r * (this.th + gap), diagonal: (c + r) / (cols + rows - 2 || 1), eid: person.eid };
    });
    this.byId = new Map(this.tiles.map((tile) => [tile.eid, tile]));
    this.gridW = cols * (this.tw + gap); this.gridH = rows * (this.th + gap);
    this.layers = [show.BLANK, show.NAME, show.NUMBER].map((kind) => this.layer(kind));
    this.layers[show.HOT] = null;
    this.cards = null; this.dim = null;
    this.keys = new Int32Array(this.tiles.length).fill(-1);
    this.paintFrame();
  }

  layer(kind) {
    const canvas = canvasOf(this.gridW, this.gridH), g = canvas.getContext("2d", { alpha: false });
    g.fillStyle = BOARD; g.fillRect(0, 0, canvas.width, canvas.height);
    const radius = Math.max(1, 6 * this.tw / 125), paint = (x, y) => {
      plate(g, x, y, this.tw, this.th, radius, FACES[kind].stops);
    };
    if (kind === show.BLANK) {
      for (let r = 0; r < this.plan.rows; r += 1) for (let c = 0; c < this.plan.cols; c += 1) {
        const x = c * (this.tw + this.gap), y = r * (this.th + this.gap);
        paint(x, y); this.crease(g, kind, x, y);
      }
      return canvas;
    }
    const size = Math.min(34 * this.tw / 125, this.th * 0.6), least = Math.min(size, 18 * this.scale);
    const cold = (tile) => kind === show.HOT && this.movie?.leaves.get(tile.eid) < this.movie.heatAt; // never lit: not drawn
    for (const tile of this.tiles) {
      if (cold(tile)) continue;
      paint(tile.x, tile.y);
      g.fillStyle = FACES[kind].ink;
      const text = kind === show.NUMBER ? tile.person.no : tile.person.name;
      const box = { width: this.tw * 0.9, height: this.th * 0.92, size, least, weight: 700, family: kind === show.NUMBER ? MONO : SANS };
      fit(g, text, tile.x + this.tw / 2, tile.y + this.th / 2, { ...box, number: tile.person.no });
      this.crease(g, kind, tile.x, tile.y);
    }
    return canvas;
  }

  crease(g, kind, x, y) {
    const thick = Math.max(1, Math.round(1.5 * this.scale));
    g.fillStyle = FACES[kind].line; g.fillRect(x, y + Math.round(this.th / 2) - (thick >> 1), this.tw, thick);
  }

  face(kind) { return this.layers[kind] || (this.layers[kind] = this.layer(kind)); }

  /* Heading, car numbers, seal, address: once. */
  paintFrame() {
    const { g, draw } = this, words = { n: draw.number };
    g.setTransform(1, 0, 0, 1, 0, 0);
    g.fillStyle = BOARD; g.fillRect(0, 0, this.canvas.width, this.canvas.height);
    g.drawImage(this.layers[show.BLANK], this.gx, this.gy);
    g.setTransform(this.scale, 0, 0, this.scale, this.ox, this.oy);
    g.textBaseline = "alphabetic"; g.textAlign = "left";
    g.fillStyle = AMBER; g.font = `700 34px ${SANS}`; g.fillText(this.say("draw", words), LEFT, 78);
    g.fillStyle = INK; g.font = `700 64px ${SANS}`;
    let size = 64;
    while (g.measureText(draw.prize.name).width > HEADING && size > 34) { size -= 2; g.font = `700 ${size}px ${SANS}`; }
    g.fillText(draw.prize.name, LEFT, 152, HEADING);
    g.textAlign = "right"; g.fillStyle = DIM; g.font = `600 24px ${SANS}`;
    if (this.plan.seated) {
      for (let r = 0; r < this.plan.rows; r += 1) {
        g.fillText(this.say("row", { c: this.two(r + 1) }), LEFT - 22, TOP + (r * (this.th + this.gap) + this.th / 2) / this.scale + 9);
      }
    }
    g.textAlign = "left"; g.font = `400 24px ${SANS}`; g.fillStyle = DIM;
    const sealed = this.say("sealed", { at: draw.opened_clock || "" });
    g.fillText(sealed, LEFT, 1020);
    const after = LEFT + g.measureText(sealed).width + 22;
    g.font = `400 24px ${MONO}`; g.fillStyle = "#bcc2b9";
    const seal = draw.open_hash ? `${draw.open_hash.slice(0, 4)} ${draw.open_hash.slice(4, 8)} … ${draw.open_hash.slice(-4)}` : "";
    g.fillText(seal, after, 1020);
    this.headAt = after + g.measureText(seal).width + 48;
    g.textAlign = "right"; g.font = `400 24px ${SANS}`; g.fillStyle = DIM; g.fillText(this.say("check", words), W - RIGHT, 1020);
    this.counted = null; this.keys.fill(-1); this.headed = ""; this.paintHead();
  }

  /* The head of the log: the four pictograms that every phone shows. It moves when the box is locked and when the result is there. */
  paintHead() {
    const { g, draw } = this, numbers = draw.pictograms ?? [], key = numbers.join();
    if (key === this.headed || !this.headAt) return;
    this.headed = key;
    g.setTransform(this.scale, 0, 0, this.scale, this.ox, this.oy);
    g.font = `400 24px ${SANS}`; g.textAlign = "left";
    const label = this.say("head", {}), at = this.headAt + g.measureText(label).width + 18;
    g.fillStyle = BOARD; g.fillRect(this.headAt - 8, 988, at - this.headAt + 4 * 42 + 180, 44);
    g.fillStyle = DIM; g.fillText(label, this.headAt, 1020);
    g.strokeStyle = INK; g.lineCap = g.lineJoin = "round";
    numbers.forEach((number, k) => {
      g.save(); g.translate(at + k * 42, 992); g.scale(1.5, 1.5);
      for (const [d, width] of [[OUTLINES[number >> 3 & 7], 1.75], [MARKS[number & 7], 2.5]]) { g.lineWidth = width; g.stroke(new Path2D(d)); }
      g.restore();
    });
    g.font = `400 24px ${MONO}`; g.fillStyle = "#bcc2b9"; g.fillText(draw.short_head ?? "", at + 4 * 42 + 6, 1020);
  }

  /* The number of names on the board and the rule below it. */
  paintCount(left, spinning) {
    const key = left * 2 + (spinning ? 1 : 0);
    if (key === this.counted) return;
    this.counted = key;
    const { g } = this, digits = String(left).padStart(3, "0"), x = W - RIGHT - digits.length * 92;
    g.setTransform(this.scale, 0, 0, this.scale, this.ox, this.oy);
    g.fillStyle = BOARD; g.fillRect(x - 330, 40, W - x + 330, 126);
    [...digits].forEach((digit, k) => {
      plate(g, x + k * 92, 44, 84, 116, 9, FACES[show.NAME].stops);
      g.fillStyle = AMBER; g.font = `700 88px ${SANS}`; g.textAlign = "center"; g.textBaseline = "alphabetic";
      g.fillText(digit, x + k * 92 + 42, 134);
      g.fillStyle = "rgba(0,0,0,.6)"; g.fillRect(x + k * 92, 101, 84, 2);
    });
    g.textAlign = "right"; g.fillStyle = DIM; g.font = `400 28px ${SANS}`;
    g.fillText(this.say(spinning ? "box" : "board", {}), x - 22, 112);
    const all = this.draw.pool.length, done = spinning ? 0 : all > this.draw.qty ? (all - left) / (all - this.draw.qty) : 1;
    g.fillStyle = "#1f2623"; g.fillRect(LEFT, 974, W - RIGHT - LEFT, 4);
    g.fillStyle = "#f4b92f"; g.fillRect(LEFT, 974, (W - RIGHT - LEFT) * Math.min(1, done), 4);
  }

  tick() {
    this.frame = this.isConnected ? requestAnimationFrame(() => this.tick()) : 0;
    if (!this.tiles || this.hidden) return;
    const now = this.clock();
    if (this.movie && now >= this.startMs) this.paintFilm((now - this.startMs) / 1000);
    else this.paintRipple(this.draw.frozen_at ? (now - this.draw.frozen_at) / 1000 : -1);
  }

  paintRipple(t) {
    const moving = t >= 0 && !this.still.matches;
    this.g.setTransform(1, 0, 0, 1, 0, 0);
    let flipped = 0;
    for (let i = 0; i < this.tiles.length; i += 1) {
      const [from, to, p] = show.rippleFace(this.tiles[i].diagonal, moving ? t : -1);
      flipped += this.paintTile(i, from, to, p);
    }
    if (flipped) sound.tick();
    this.paintCount(this.draw.pool.length, true);
  }

  paintFilm(t) {
    const { movie } = this;
    if (this.still.matches) t = Math.max(t, movie.endAt);
    if (t >= movie.pageAt && !this.paged) { this.paged = true; this.build(); }
    if (t < movie.stepAt + 0.75) {
      this.g.setTransform(1, 0, 0, 1, 0, 0);
      let flipped = 0;
      for (let i = 0; i < this.tiles.length; i += 1) {
        const tile = this.tiles[i];
        const fresh = this.paged && t < movie.pageAt + 0.65;
        const [from, to, p] = fresh ? show.unfoldFace(tile.diagonal, t, movie.pageAt) : show.departureFace(tile.diagonal, t, movie.leaves.get(tile.eid), movie.heatAt);
        flipped += this.paintTile(i, from, to, p);
      }
      if (flipped) sound.tick();
    }
    this.paintCount(show.leftAt(movie, t), false);
    if (t >= movie.stepAt) this.paintForward(t);
    if (t >= movie.endAt && !this.ended) { this.ended = true; this.dispatchEvent(new CustomEvent("board:end", { bubbles: true })); }
  }

  /* Copy one tile, if it looks different from the last frame; 1 when a flap began to fall. */
  paintTile(i, from, to, p) {
    if (p >= 1 || from === to) { from = to; p = 1; }
    const key = ((from << 2 | to) << 7) | Math.floor(p * 100), before = this.keys[i];
    if (key === before) return 0;
    this.keys[i] = key;
    const { x, y } = this.tiles[i], { g, tw, th } = this, X = this.gx + x, Y = this.gy + y, half = th >> 1, rest = th - half;
    const next = this.face(to);
    if (p >= 1) { g.drawImage(next, x, y, tw, th, X, Y, tw, th); return 0; }
    const old = this.face(from);
    g.drawImage(next, x, y, tw, half, X, Y, tw, half);
    g.drawImage(old, x, y + half, tw, rest, X, Y + half, tw, rest);
    const c = Math.cos(p * Math.PI);
    if (p < 0.5) {
      const f = Math.max(1, Math.round(half * c));
      g.drawImage(old, x, y, tw, half, X, Y + half - f, tw, f);
      g.fillStyle = `rgba(0,0,0,${p})`; g.fillRect(X, Y + half - f, tw, f);
    } else {
      const f = Math.max(1, Math.round(-rest * c));
      g.drawImage(next, x, y + half, tw, rest, X, Y + half, tw, f);
      g.fillStyle = `rgba(0,0,0,${1 - p})`; g.fillRect(X, Y + half, tw, f);
    }
    return (before >> 7) === (key >> 7) ? 0 : 1;
  }

  /* The last ones as big cards, each drawn once: amber, grey, and its glow. */
  makeCards() {
    const many = this.movie.forward.length, perPage = many > 3 ? show.CARDS_PER_PAGE : 3;
    const shown = this.movie.forward.slice(0, perPage)
      .sort((a, b) => this.tiles.indexOf(this.byId.get(a)) - this.tiles.indexOf(this.byId.get(b)));
    const rows = shown.length > 3 ? 2 : 1, cols = Math.ceil(shown.length / rows);
    const w = 520, h = rows === 1 ? 330 : 312, gx = 54, gy = 50, left = (LEFT + W - RIGHT - cols * w - (cols - 1) * gx) / 2;
    const top = rows === 1 ? 390 : 226;
    this.cards = shown.map((eid, k) => {
      const col = k % cols, row = Math.floor(k / cols), tile = this.byId.get(eid);
      return { eid, tile, x1: left + col * (w + gx), y1: top + row * (h + gy), w, h, lit: this.card(tile.person, true, w, h), grey: this.card(tile.person, false, w, h) };
    });
    this.glow = this.glowOf(w, h);
    this.dim = canvasOf(W * this.scale, 780 * this.scale);
    this.dim.getContext("2d").drawImage(this.canvas, this.ox, this.oy + (TOP - 20) * this.scale, this.dim.width, this.dim.height, 0, 0, this.dim.width, this.dim.height);
  }

  card(person, lit, w, h) {
    const s = this.scale, canvas = canvasOf(w * s, h * s), g = canvas.getContext("2d");
    g.scale(s, s);
    plate(g, 0, 0, w, h, 18, lit ? FACES[show.HOT].stops : ["#1a201d", "#181d1a", "#151a17", "#131815"]);
    g.fillStyle = lit ? "#2a1c00" : "#4d564f";
    fit(g, person.name, w / 2, h / 2 - 18, { width: w - 54, height: h - 130, size: 136, least: 48, weight: 700, family: SANS });
    g.fillStyle = lit ? "#5c3f00" : "#4d564f"; g.font = `600 34px ${SANS}`; g.textAlign = "center";
    const where = person.carriage ? this.say("seat", { c: this.two(person.carriage), s: this.two(person.seat) }) : `No.${person.no}`;
    g.fillText(where, w / 2, h - 44);
    g.fillStyle = "rgba(0,0,0,.55)"; g.fillRect(0, h / 2 - 2, w, 3.5);
    return canvas;
  }

  glowOf(w, h) {
    const s = this.scale, pad = 110, canvas = canvasOf((w + 2 * pad) * s, (h + 2 * pad) * s), g = canvas.getContext("2d");
    g.scale(s, s); g.shadowColor = "rgba(255,194,61,.75)"; g.shadowBlur = 80 * s; g.fillStyle = AMBER;
    g.beginPath(); g.roundRect(pad, pad, w, h, 18); g.fill();
    return canvas;
  }

  paintForward(t) {
    const { movie, g } = this, since = t - movie.stepAt, k = ease(since / 0.7), fresh = !this.cards;
    if (fresh) this.makeCards();
    g.setTransform(this.scale, 0, 0, this.scale, this.ox, this.oy);
    g.save(); g.beginPath(); g.rect(0, TOP - 20, W, 778); g.clip(); // light stays off the heading and the foot
    g.drawImage(this.dim, 0, TOP - 20, W, 780);
    g.fillStyle = `rgba(12,16,14,${0.9 * k})`; g.fillRect(0, TOP - 20, W, 780);
    for (const card of this.cards) {
      const out = movie.turns.has(card.eid) && t >= movie.turns.get(card.eid) ? Math.min(1, (t - movie.turns.get(card.eid)) / 0.34) : 0;
      const won = !movie.turns.has(card.eid) && t >= movie.winAt;
      if (out > 0 && out < 1) sound.tick();
      if (won && this.rang !== this.draw.number && since < movie.endAt) { this.rang = this.draw.number; sound.bell(); }
      this.paintCard(card, k, out, won, t);
    }
    g.restore();
  }

  paintCard(card, k, out, won, t) {
    const { g, scale: s } = this, { tile } = card;
    const x0 = (this.gx + tile.x - this.ox) / s, y0 = (this.gy + tile.y - this.oy) / s;
    const w = this.tw / s + (card.w - this.tw / s) * k, h = this.th / s + (card.h - this.th / s) * k;
    const x = x0 + (card.x1 - x0) * k, y = y0 + (card.y1 - y0) * k;
    if (k >= 1 && !out) {
      g.globalAlpha = Math.max(0, (won ? 0.8 : 0.45) + (won ? 0.2 : 0.25) * Math.sin(t * 4.4));
      g.drawImage(this.glow, x - 110, y - 110, w + 220, h + 220); g.globalAlpha = 1;
    }
    const squash = out ? Math.max(0.02, Math.abs(Math.cos(out * Math.PI))) : 1;
    g.drawImage(out > 0.5 ? card.grey : card.lit, x, y + h * (1 - squash) / 2, w, h * squash);
  }
}
customElements.define("flap-board", FlapBoard);
