/* <scan-badge>: on the host's page while somebody is being called: the camera reads their badge, or a scanner types its
   code into the field, and the server claims the prize for its holder. Without a script the form does it. */
import { Camera } from "../door/camera.js";

const SAME_MS = 3000, ANSWER_MS = 8000;

class ScanBadge extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    const button = this.querySelector("[data-camera]");
    button.hidden = false;
    button.addEventListener("click", () => this.openCamera(button));
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.send({ code: this.form.elements.code.value }); });
  }

  disconnectedCallback() { this.camera?.close(); }

  async openCamera(button) {
    this.camera = new Camera(this.querySelector("video"), {
      seen: (code) => this.seen(code),
      decode: async (photo) => { await this.send({ photo }); return null; },
      blind: () => {}, gone: () => { button.hidden = false; this.classList.remove("seeing"); },
    });
    button.hidden = await this.camera.open();
    this.classList.toggle("seeing", button.hidden); // the page leaves it alone while it looks
  }

  /* The badge that is still held up is the same badge. */
  seen(code) {
    if (!code || (code === this.last && Date.now() - this.at < SAME_MS)) return;
    this.last = code; this.at = Date.now();
    this.send({ code });
  }

  async send(fields) {
    const body = new FormData(), said = this.querySelector("[data-said]");
    body.set("csrfmiddlewaretoken", this.form.elements.csrfmiddlewaretoken.value);
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    try {
      const answer = await fetch(this.form.action, { method: "POST", body, headers: { Accept: "application/json" }, signal: AbortSignal.timeout?.(ANSWER_MS) });
      const { error, seen } = await answer.json();
      if (seen === false) return; // a frame without a badge
      said.textContent = error;
      if (!error) { navigator.vibrate?.(80); this.form.reset(); document.dispatchEvent(new CustomEvent("live:draw", { detail: {} })); }
    } catch { said.textContent = this.dataset.unheard; }
  }
}
customElements.define("scan-badge", ScanBadge);
