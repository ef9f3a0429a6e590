/* The flap board as elements, one per tile: the version that the canvas is measured against. */
import * as show from "/static/js/raffle/show.js";

export class DomBoard {
  constructor(root, pool) {
    this.plan = show.places(pool);
    const { cols, rows } = this.plan, w = 1710 / cols, h = 760 / rows, gap = Math.min(7, w / 18);
    root.style.cssText = "position:absolute;inset:0;background:#0c100e";
    this.tiles = pool.map((person, i) => {
      const [c, r] = this.plan.at[i], tile = document.createElement("div");
      tile.style.cssText = `position:absolute;left:${150 + c * w}px;top:${196 + r * h}px;width:${w - gap}px;height:${h - gap}px;border-radius:6px;display:grid;place-items:center;overflow:hidden;font:700 ${Math.min(34, h / 2)}px sans-serif;color:#f5eddc;background:linear-gradient(#262e2a 0 50%,#171c19 50%)`;
      const text = document.createElement("span"); text.textContent = person.name; tile.append(text); root.append(tile);
      return { person, tile, text, diagonal: (c + r) / (cols + rows - 2) };
    });
  }

  frame(t, movie) {
    for (const { person, tile, text, diagonal } of this.tiles) {
      const [from, to, p] = movie ? show.departureFace(diagonal, t, movie.leaves.get(person.eid), movie.heatAt) : show.rippleFace(diagonal, t);
      const now = p < 0.5 ? from : to, word = now === show.BLANK ? "" : now === show.NUMBER ? person.no : person.name;
      if (text.textContent !== word) { text.textContent = word; tile.style.color = now === show.NUMBER ? "#ffc23d" : "#f5eddc"; }
      const turn = from === to || p >= 1 ? "" : `scaleY(${Math.abs(Math.cos(p * Math.PI)).toFixed(3)})`;
      if (tile.style.transform !== turn) tile.style.transform = turn;
    }
  }
}
