/* <share-link url text><a href="poster">: the phone's own share sheet where there is one, else the poster. */
class ShareLink extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", async (event) => {
      if (!navigator.share) return;
      event.preventDefault();
      try { await navigator.share({ title: this.getAttribute("text"), url: this.getAttribute("url") }); } catch { /* changed their mind */ }
    });
  }
}
customElements.define("share-link", ShareLink);
