/* <share-link url text><a href="poster">: the phone's own share sheet where there is one, else the poster. One that is
   `hidden` has nothing else to offer and shows itself only where there is a share sheet. */
class ShareLink extends HTMLElement {
  connectedCallback() {
    if (navigator.share) this.hidden = false;
    this.addEventListener("click", async (event) => {
      if (!navigator.share) return;
      event.preventDefault();
      try { await navigator.share({ title: this.getAttribute("text"), url: this.getAttribute("url") }); } catch { /* changed their mind */ }
    });
  }
}
customElements.define("share-link", ShareLink);
