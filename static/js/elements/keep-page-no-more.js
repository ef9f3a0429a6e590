/* <keep-page-no-more pages="/…/ /…/">: these pages no longer open without a network: this phone does not know the person. */
class KeepPageNoMore extends HTMLElement {
  async connectedCallback() {
    try {
      for (const page of this.getAttribute("pages").split(" ")) await caches.delete(`kept ${page}`); // as ui/page_worker.js names it
    } catch { /* plain http, private windows: nothing was kept */ }
  }
}
customElements.define("keep-page-no-more", KeepPageNoMore);
