/* <copy-text data-done="Copied"><button>…</button><pre>…</pre>: the text goes to the clipboard, or is selected. */
class CopyText extends HTMLElement {
  connectedCallback() {
    const button = this.querySelector("button"), text = this.querySelector("pre");
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text.textContent);
        button.textContent = this.dataset.done;
      } catch { getSelection().selectAllChildren(text); } // plain http: a long press copies what is selected
    });
  }
}
customElements.define("copy-text", CopyText);
