/* <warm-up data-src>: words for the host, shown sentence by sentence as they come. Always as text, never as markup. */
class WarmUp extends HTMLElement {
  connectedCallback() {
    this.button = this.querySelector("button"); this.words = this.querySelector("p");
    this.button.hidden = false;
    this.button.addEventListener("click", () => this.speak());
  }

  async speak() {
    this.button.disabled = true; this.words.textContent = "";
    try {
      const answer = await fetch(this.dataset.src);
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let part = await reader.read(); !part.done; part = await reader.read()) this.words.textContent += part.value;
    } catch { /* what was said so far stays */ }
    this.button.disabled = false;
  }
}
customElements.define("warm-up", WarmUp);
