/* <host-sentence>: typed, or dictated where the browser can; the reading appears below, to be confirmed. */
class HostSentence extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form"); this.answer = this.querySelector("[data-answer]");
    this.form.addEventListener("submit", (e) => { e.preventDefault(); this.read(); });
    const Speech = window.SpeechRecognition || window.webkitSpeechRecognition;
    if (Speech && isSecureContext) this.dictate(Speech, this.querySelector("[data-dictate]"));
  }

  async read() {
    const said = this.said = {}; // only the newest sentence is answered
    this.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(this.form.action, { method: "POST", body: new FormData(this.form), headers: { "X-Fragment": "1" } });
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      const html = await answer.text();
      if (this.said === said) {
        this.answer.innerHTML = html; // escaped by the server
        this.answer.scrollIntoView({ block: "center" }); // above the big button that stays at the bottom
      }
    } catch {
      if (this.said === said) this.tell(this.dataset.lost);
    }
    if (this.said === said) this.removeAttribute("aria-busy");
  }

  tell(text) {
    const line = document.createElement("p");
    line.className = "notice warn"; line.textContent = text;
    this.answer.replaceChildren(line);
  }

  dictate(Speech, button) {
    const input = this.form.elements.sentence, listen = new Speech();
    listen.lang = this.dataset.lang; listen.interimResults = true;
    button.hidden = false;
    button.addEventListener("click", () => {
      if (button.getAttribute("aria-pressed") === "true") { listen.stop(); return; }
      try { listen.start(); } catch { /* it listens already */ }
    });
    listen.onstart = () => { button.setAttribute("aria-pressed", "true"); this.tell(this.dataset.listening); };
    listen.onend = () => { button.setAttribute("aria-pressed", "false"); };
    listen.onerror = () => this.tell(this.dataset.unheard);
    listen.onresult = (e) => {
      const result = e.results[e.results.length - 1];
      input.value = result[0].transcript.slice(0, 300);
      if (result.isFinal) this.read();
    };
  }
}
customElements.define("host-sentence", HostSentence);
