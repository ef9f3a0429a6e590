/* <print-ticket>: the ticket in the slot shows what is typed below it, line by line, and the tile how the big screen
   will show the name (the same rule as there: as large as fits, down to a little more than half, then cut). Without it
   the form works alone. */
const LARGE = 27, LEAST = 14;
class PrintTicket extends HTMLElement {
  connectedCallback() {
    this.stop = new AbortController();
    for (const name of ["input", "change"]) this.addEventListener(name, (event) => this.echo(event.target), { signal: this.stop.signal });
    addEventListener("pageshow", () => this.all(), { signal: this.stop.signal });  // values that the browser puts back
    this.all();  // what was typed before this script came
  }
  disconnectedCallback() { this.stop.abort(); }
  all() { for (const field of this.querySelectorAll("[data-echo]")) this.echo(field); }
  echo(field) {
    if (!field.dataset.echo) return;
    for (const line of this.querySelectorAll(`[data-echo-of="${field.dataset.echo}"]`)) this.print(line, field.value.trim());
  }
  print(line, text) {
    if (line.dataset.room) { this.fit(line, text); return; }
    if (text && !line.dataset.full) { line.classList.add("line-in"); line.dataset.full = "1"; }
    if (!text) { line.classList.remove("line-in"); delete line.dataset.full; }
    line.textContent = text || "\u200b";
  }
  fit(tile, text) {
    tile.textContent = text || "\u200b";
    let size = LARGE;
    do tile.style.fontSize = `${size}px`; while (tile.scrollWidth > Number(tile.dataset.room) && --size >= LEAST);
  }
}
customElements.define("print-ticket", PrintTicket);
