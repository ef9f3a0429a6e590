/* <claim-prize>: "it's you" with the time that is left and two buttons. Answers without leaving the page and shows what
   the server says; when the time is over it asks again. Without JavaScript the form does the same with a page. */
import "./copy-text.js";
import { serverNow } from "../live.js";

const CIRCLE = 176;

class ClaimPrize extends HTMLElement {
  connectedCallback() {
    this.addEventListener("submit", (event) => { event.preventDefault(); if (this.sure(event.submitter)) this.answer(event.target, event.submitter); });
    this.addEventListener("click", (event) => { if (event.target.closest("[data-close]")) this.closest("dialog")?.close(); });
    this.timer = setInterval(() => this.second(), 250);
    this.second();
  }

  disconnectedCallback() { clearInterval(this.timer); }

  get part() { return this.querySelector("[data-state]"); }

  second() {
    const { until, whole, state } = this.part?.dataset ?? {};
    if (state !== "calling" || this.busy) return;
    const left = Math.max(0, Number(until) - serverNow());
    const text = this.querySelector(".ring text");
    if (text) text.textContent = String(Math.ceil(left / 1000));
    this.querySelector("[data-arc]")?.setAttribute("stroke-dashoffset", String(CIRCLE * (1 - Math.min(1, left / Number(whole)))));
    if (left === 0) this.load(this.dataset.src);
  }

  /** Passing it on cannot be taken back: a thumb that slipped is asked once more. */
  sure(button) {
    if (!button?.hasAttribute("data-decline") || button.dataset.decline === "sure") return true;
    button.dataset.decline = "sure";
    button.textContent = this.dataset.sure;
    return false;
  }

  async answer(form, button) {
    const body = new FormData(form);
    if (button) body.set(button.name, button.value);
    for (const each of form.querySelectorAll("button")) each.disabled = true;
    await this.load(form.action, { method: "POST", body });
    for (const each of form.querySelectorAll("button")) each.disabled = false;
  }

  async load(url, options = {}) {
    if (this.busy) return;
    this.busy = true;
    const problem = this.querySelector("[data-offline]");
    try {
      const answer = await fetch(url, { ...options, headers: { "X-Fragment": this.dataset.fragment || "1" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("claim-prize");
      if (fresh) { this.replaceChildren(...fresh.childNodes); if (options.method) navigator.vibrate?.(80); }
    } catch { if (problem) problem.hidden = false; setTimeout(() => { this.busy = false; }, 1500); return; }
    this.busy = false;
  }
}
customElements.define("claim-prize", ClaimPrize);
