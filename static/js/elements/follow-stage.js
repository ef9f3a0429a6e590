/* <follow-stage version="3">: reads the remote again when another hand moved the stage. */
customElements.define("follow-stage", class extends HTMLElement {
  connectedCallback() {
    document.addEventListener("live:stage", ({ detail }) => { if (String(detail.version) !== this.getAttribute("version")) location.reload(); });
  }
});
