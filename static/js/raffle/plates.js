/* The plates of the flap board: colours, a blank plate, a name that stays on its flap. */
import { written } from "./names.js";
import * as show from "./show.js";

export const SANS = '"Helvetica Neue",-apple-system,"PingFang SC","HarmonyOS Sans SC","MiSans","Noto Sans CJK SC","Microsoft YaHei",Arial,sans-serif';
export const MONO = 'ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace';
export const BOARD = "#0c100e", DIM = "#98a199", INK = "#f5eddc", AMBER = "#ffc23d";
export const FACES = {
  [show.BLANK]: { stops: ["#101513", "#0f1412", "#0e1311", "#0d1210"], line: "rgba(255,255,255,.03)" },
  [show.NAME]: { stops: ["#262e2a", "#222925", "#1a201d", "#171c19"], ink: INK, line: "rgba(0,0,0,.6)" },
  [show.NUMBER]: { stops: ["#262e2a", "#222925", "#1a201d", "#171c19"], ink: AMBER, line: "rgba(0,0,0,.6)" },
  [show.HOT]: { stops: ["#ffd978", "#ffc23d", "#f4b12a", "#e9a11c"], ink: "#2a1c00", line: "rgba(0,0,0,.6)" },
};
export const canvasOf = (width, height) => Object.assign(document.createElement("canvas"), { width: Math.max(1, Math.round(width)), height: Math.max(1, Math.round(height)) });

export function plate(g, x, y, w, h, radius, [a, b, c, d]) {
  const fill = g.createLinearGradient(0, y, 0, y + h);
  fill.addColorStop(0, a); fill.addColorStop(0.5, b); fill.addColorStop(0.5, c); fill.addColorStop(1, d);
  g.fillStyle = fill; g.beginPath(); g.roundRect(x, y, w, h, radius); g.fill();
}

/* Text in the middle of a box, never outside of its flap. */
export function fit(g, text, x, y, { width, height, size, least, weight, family, number }) {
  g.font = `${weight} 100px ${family}`;
  const laid = written(text, { width, height, size, least, number, wide: (part) => g.measureText(part).width / 100 });
  g.font = `${weight} ${laid.size}px ${family}`; g.textAlign = "center"; g.textBaseline = "alphabetic";
  const { actualBoundingBoxAscent: up, actualBoundingBoxDescent: down } = g.measureText(laid.lines[0]);
  const step = laid.size * 1.16, first = y + (up - down) / 2 - step * (laid.lines.length - 1) / 2;
  laid.lines.forEach((line, k) => g.fillText(line, x, first + k * step));
}
