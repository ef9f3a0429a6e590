/* <code-input>: four flaps as input; upper-cases, moves on, takes a pasted code or link. */
class CodeInput extends HTMLElement {
  connectedCallback() {
    this.addEventListener("input", (event) => {
      const cells = this.cells(), place = cells.indexOf(event.target);
      if (place < 0) return;
      event.target.value = event.target.value.toUpperCase().replace(/[^A-Z0-9]/g, "").slice(-1);
      if (event.target.value && cells[place + 1]) cells[place + 1].focus();
      this.mark();
    });
    this.addEventListener("keydown", (event) => {
      const cells = this.cells(), place = cells.indexOf(event.target);
      if (event.key === "Backspace" && place > 0 && !event.target.value) { cells[place - 1].value = ""; cells[place - 1].focus(); event.preventDefault(); }
    });
    this.addEventListener("paste", (event) => {
      const text = (event.clipboardData.getData("text") || "").trim().replace(/[?#].*$/, "").replace(/\/+$/, "").split("/").pop().toUpperCase().replace(/[^A-Z0-9]/g, "");
      if (text.length !== 4) return;
      event.preventDefault();
      this.cells().forEach((cell, n) => { cell.value = text[n]; });
      this.querySelector("button")?.focus();
    });
    this.addEventListener("focusin", () => this.mark());
  }
  cells() { return [...this.querySelectorAll(".codein input")]; }
  mark() { for (const cell of this.cells()) cell.classList.toggle("cur", cell === document.activeElement); }
}
customElements.define("code-input", CodeInput);
