// Keys for those who have not switched them off. What has a key says so itself, by data-key.

const TYPING = "input:not([type=radio], [type=checkbox]), textarea, select, .menu .items, dialog";
const MOVES = { j: 1, k: -1 };

let first = ""; // the g of "g i"

// A decision by one key wants a second in which the task could be seen: a press too many decides no unseen one.
const detail = document.getElementById("detail");
let waiting;
function seen() {
  if (!detail) return;
  clearTimeout(waiting);
  delete detail.dataset.seen;
  waiting = setTimeout(() => (detail.dataset.seen = "yes"), 1000);
}
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target === detail) seen();
});
seen();

function move(step) {
  const rows = [...document.querySelectorAll("#rows .item")].filter((row) => row.checkVisibility());
  const focused = rows.indexOf(document.activeElement);
  const from = focused < 0 ? rows.findIndex((row) => row.hasAttribute("aria-current")) : focused;
  rows[from < 0 ? 0 : from + step]?.focus();
}

// The last in the page of those that have the key is the nearest: a toast's undo, the bar's comment.
function press(key) {
  const usable = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].filter((one) => !one.disabled);
  const one = usable.filter((found) => found.checkVisibility() || found.matches(".menu *")).pop();
  if (!one || (one.name === "outcome" && !detail.dataset.seen)) return false;
  if (one.matches("input, textarea")) one.focus();
  else one.click();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest(TYPING) || document.querySelector("dialog[open]")) return;
  const key = first + event.key;
  first = event.key === "g" ? "g " : "";
  if (MOVES[key]) move(MOVES[key]);
  else if (key === "o" && document.activeElement.matches("#rows .item")) document.activeElement.click();
  else if (event.repeat || !press(key)) return;
  event.preventDefault();
});

const help = document.getElementById("keys");
const show = document.getElementById("show-keys");
show.hidden = false;
show.addEventListener("click", () => {
  show.closest("details").open = false;
  help.showModal();
});
