/* <hold-button><button class="hold"><i></i>…: submits its form after being held for 0.8 s. Letting go earlier does
   nothing but show the hint (data-hint). Works with a finger, a mouse and the keyboard. */
const HOLD_MS = 800;

class HoldButton extends HTMLElement {
  connectedCallback() {
    this.button = this.querySelector("button");
    this.button.addEventListener("click", (event) => { if (!this.sure) event.preventDefault(); });
    this.button.addEventListener("contextmenu", (event) => event.preventDefault());
    this.button.addEventListener("pointerdown", () => this.start());
    this.button.addEventListener("keydown", (event) => {
      if (event.key !== " " && event.key !== "Enter") return;
      event.preventDefault();
      if (!event.repeat) this.start();
    });
    for (const name of ["pointerup", "pointerleave", "pointercancel", "keyup", "blur"]) this.button.addEventListener(name, () => this.release());
  }

  disconnectedCallback() { clearTimeout(this.timer); }

  start() {
    if (this.timer || this.sure) return;
    this.button.classList.add("held");
    this.timer = setTimeout(() => {
      this.timer = null;
      if (!this.button.form.reportValidity()) return; // held again once it is filled in
      this.sure = true;
      navigator.vibrate?.(60);
      this.button.form.requestSubmit(this.button);
    }, HOLD_MS);
  }

  release() {
    this.button.classList.remove("held");
    if (!this.timer) return;
    clearTimeout(this.timer); this.timer = null;
    if (this.dataset.hint) this.button.querySelector("span").textContent = this.dataset.hint;
  }
}
customElements.define("hold-button", HoldButton);
