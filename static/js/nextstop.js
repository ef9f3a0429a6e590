/* What every page loads: live updates and the custom elements that are used everywhere. */
import "./live.js";
import "./elements/live-region.js";
import "./elements/flap-clock.js";

/* In WeChat's browser every tab that is opened is a step of its Back arrow: there a tab takes the place of the last. */
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("nav[data-replace] a[href]");
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  location.replace(link.href);
});

/* The desk's entries are a row to push aside on a phone: the page that is open stands in its middle. */
const here = document.querySelector(".entries [aria-current]");
if (here) {
  const row = here.closest(".entries");
  row.scrollLeft += here.getBoundingClientRect().left - row.getBoundingClientRect().left - (row.clientWidth - here.offsetWidth) / 2;
}
