/* The film of a draw as pure functions of time: the same departures give the same picture on every screen, at any
   moment, also after a reload in the middle. Seconds, unless a name ends in Ms. Nothing here decides anything. */

export const RIPPLE = 2.6;   // names → numbers → names; loops until the seed is known: the spin is the delay
export const FLIP = 0.15;    // one flap
export const NAME = 1, NUMBER = 2, HOT = 3, BLANK = 0;
const LEAD_MS = 400;         // every screen has the result before the first name leaves
const WAVES = [[64, 1.7], [32, 1.5], [16, 1.3], [9, 1.1], [4, 1.0]], WAVE_SUM = 125;
const REST = 0.75, HOT_AT = 16, SEATS = 130, BACK = 0.9, SWEEP = 1.0;
export const CARDS_PER_PAGE = 6;

/** When the departures begin: at the first end of a ripple after the result is known. Milliseconds since 1970. */
export function departuresStartMs(frozenAtMs, drawnAtMs) {
  const loop = RIPPLE * 1000;
  return frozenAtMs + loop * Math.max(1, Math.ceil((drawnAtMs + LEAD_MS - frozenAtMs) / loop));
}

/** How many names leave in each wave: 64, 32, 16, 9, 4 for 125 of them, in the same proportion for others. */
export function waveSizes(count) {
  let gone = 0, share = 0;
  return WAVES.map(([size]) => {
    share += size;
    const until = Math.round(count * share / WAVE_SUM), now = until - gone;
    gone = until;
    return now;
  });
}

/** The film of these departures (winners last): when each name leaves, who steps forward, when it ends. A pool of more
    than 130 begins on small flaps; at `pageAt` the names that are left move to a board that can be read from the last row. */
export function film(departures, qty) {
  const winners = departures.slice(-qty).reverse();
  const others = departures.slice(0, departures.length - winners.length);
  const turning = qty === 1 ? others.slice(-2) : [];
  const walking = others.slice(0, others.length - turning.length);
  const leaves = new Map(), times = [];
  let t = 0, k = 0, pageAt = Infinity;
  waveSizes(walking.length).forEach((size, wave) => {
    if (!size) return;
    for (let m = 0; m < size; m += 1, k += 1) {
      const at = t + WAVES[wave][1] * m / size;
      leaves.set(walking[k], at); times.push(at);
    }
    t += WAVES[wave][1] + REST;
    const left = departures.length - k;
    if (departures.length > SEATS && pageAt === Infinity && left <= SEATS && left > winners.length + 2) pageAt = t - REST + 0.3;
  });
  const stepAt = Math.max(0, t - 0.3), turns = new Map();
  let heatAt = Infinity;
  if (walking.length > HOT_AT) heatAt = leaves.get(others[others.length - HOT_AT + winners.length]) + 0.5 || stepAt;
  t += qty === 1 ? (departures.length > 1 ? 2.4 : 0.9) : 1.6;
  for (const eid of turning) { turns.set(eid, t); times.push(t); t += 1.7; }
  const winAt = turning.length ? t - 0.9 : t - 0.2;
  return { leaves, times, turns, winners, heatAt, pageAt, stepAt, winAt, endAt: t + (qty === 1 ? 0.5 : 1.2),
           forward: qty === 1 ? [...turning, ...winners] : winners, total: departures.length };
}

/** How many names are on the board at time t. */
export function leftAt(movie, t) {
  let low = 0, high = movie.times.length;
  while (low < high) { const mid = (low + high) >> 1; if (movie.times[mid] + 0.08 <= t) low = mid + 1; else high = mid; }
  return movie.total - low;
}

/** What a tile shows while the ripple runs: [old face, new face, how far 0 … 1]. `diagonal` is 0 … 1 over the board. */
export function rippleFace(diagonal, t) {
  if (t < 0) return [NAME, NAME, 1];
  const now = t % RIPPLE, there = diagonal * SWEEP, back = there + BACK;
  if (now >= back) return [NUMBER, NAME, Math.min(1, (now - back) / FLIP)];
  if (now >= there) return [NAME, NUMBER, Math.min(1, (now - there) / FLIP)];
  return [NAME, NAME, 1];
}

/** What a tile shows while the names leave. `leaveAt` is undefined for those who stay on the board to the end. */
export function departureFace(diagonal, t, leaveAt, heatAt) {
  const heat = heatAt + diagonal * 0.6, warm = t >= heat && !(leaveAt < heat);
  if (leaveAt !== undefined && t >= leaveAt) return [warm ? HOT : NAME, BLANK, Math.min(1, (t - leaveAt) / FLIP)];
  if (warm) return [NAME, HOT, Math.min(1, (t - heat) / FLIP)];
  return [NAME, NAME, 1];
}

/** Who is still on the board when it turns its page, in the order of the pool. */
export function survivors(movie, pool) {
  return pool.filter((person) => !(movie.leaves.get(person.eid) < movie.pageAt));
}

/** What a tile shows while the second page of a large pool appears. */
export function unfoldFace(diagonal, t, pageAt) {
  const at = pageAt + diagonal * 0.45;
  return t < at ? [BLANK, BLANK, 1] : [BLANK, NAME, Math.min(1, (t - at) / FLIP)];
}

/** Where everybody's place is. People with car and seat have their own row and column, if they all fit. */
export function places(pool) {
  const seats = new Set(pool.map((person) => `${person.carriage}/${person.seat}`));
  const seated = pool.length > 0 && seats.size === pool.length
    && pool.every((person) => person.carriage >= 1 && person.carriage <= 10 && person.seat >= 1 && person.seat <= 13);
  if (seated) {
    return { cols: 13, rows: 10, seated, at: pool.map((person) => [person.seat - 1, person.carriage - 1]) };
  }
  let cols = 13, rows = 10;
  if (pool.length > 130) {
    cols = Math.ceil(Math.sqrt(pool.length * 1.31));
    rows = Math.ceil(pool.length / cols);
  }
  return { cols, rows, seated, at: pool.map((_person, i) => [i % cols, Math.floor(i / cols)]) };
}

/** How long a page of cards stands: everybody is seen once while there is time to answer. raffle/opening.py lets no draw
    have so many winners that it would be less than two seconds. */
export const pageMs = (claimMs, count) => Math.min(8000, 0.8 * claimMs / Math.max(1, count));

/** Winners in pages of cards. */
export function pages(winners, per = CARDS_PER_PAGE) {
  const found = [];
  for (let i = 0; i < winners.length; i += per) found.push(winners.slice(i, i + per));
  return found;
}
