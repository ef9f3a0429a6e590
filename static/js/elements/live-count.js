/* <live-count question="12">7</live-count>: the votes of a question, as the message "votes" tells them. */
customElements.define("live-count", class extends HTMLElement {
  connectedCallback() {
    this.stop = new AbortController();
    document.addEventListener("live:votes", ({ detail }) => {
      const count = (detail.counts || {})[this.getAttribute("question")];
      if (count !== undefined) this.textContent = count;
    }, { signal: this.stop.signal });
  }
  disconnectedCallback() { this.stop.abort(); }
});
