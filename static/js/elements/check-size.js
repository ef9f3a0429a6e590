/* <check-size most="60000000" data-words="{mb} MB; the limit is {most}."><form>…<input type="file"></form></check-size>
   A file that the server would refuse is refused before it travels. */
class CheckSize extends HTMLElement {
  connectedCallback() {
    const input = this.querySelector("input[type=file]"), most = Number(this.getAttribute("most"));
    const look = () => {
      const file = input.files[0], over = file && file.size > most;
      const words = over ? this.dataset.words.replace("{mb}", Math.round(file.size / 1e6)).replace("{most}", Math.round(most / 1e6)) : "";
      input.setCustomValidity(words);
      if (over) input.reportValidity();
    };
    input.addEventListener("change", look);
  }
}
customElements.define("check-size", CheckSize);
