/* <compare-pictures>: two stills on top of each other and a handle between them; a range input, so keys work too. */
class ComparePictures extends HTMLElement {
  connectedCallback() {
    const handle = this.querySelector("input[type=range]");
    const show = () => this.style.setProperty("--at", `${handle.value}%`);
    handle.addEventListener("input", show);
    show();
  }
}
customElements.define("compare-pictures", ComparePictures);
