/* <print-ticket>: the ticket in the slot shows what is typed below it, line by line. Without it the form works alone. */
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
    const line = field.dataset.echo && this.querySelector(`[data-echo-of="${field.dataset.echo}"]`);
    if (!line) return;
    const text = field.value.trim();
    if (text && !line.dataset.full) { line.classList.add("line-in"); line.dataset.full = "1"; }
    if (!text) { line.classList.remove("line-in"); delete line.dataset.full; }
    line.textContent = text || "\u200b";
  }
}
customElements.define("print-ticket", PrintTicket);
