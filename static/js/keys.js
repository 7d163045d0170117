// Keys for those who have not switched them off. What has a key says so itself, by data-key.

const TYPING = "input:not([type=radio], [type=checkbox]), textarea, select, .menu .items, dialog";
const MOVES = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 };

let first = ""; // the g of "g i"

const detail = document.getElementById("detail");
const rows = () => [...document.querySelectorAll("#rows .item")];
const focusedRow = () => document.activeElement?.closest("#rows .item");
const taskOf = (row) => row?.closest("li").dataset.task;
const openTask = () => document.getElementById("task")?.dataset.task;

// The row that is reached is opened: ring, selection and what the keys act on are one task.
const PAUSE_MS = 80; // rows that are only passed are not fetched
let opening;

function move(step) {
  const all = rows();
  const focused = all.indexOf(focusedRow());
  const from = focused < 0 ? all.findIndex((row) => row.hasAttribute("aria-current")) : focused;
  const row = all[from < 0 ? 0 : from + step];
  if (!row) return;
  row.focus();
  clearTimeout(opening);
  opening = setTimeout(() => {
    if (taskOf(row) === openTask()) return;
    row.dataset.reached = ""; // the focus stays on it
    row.click();
  }, PAUSE_MS);
}

// What is done to a task is done to the one that has the focus, or to none.
function isMeant(button) {
  const row = focusedRow();
  if (!detail?.contains(button)) return true;
  if (row && taskOf(row) !== openTask()) return false;
  if (button.name !== "outcome" || detail.dataset.seen === "yes") return true;
  detail.dispatchEvent(new Event("key:too-soon"));
  return false;
}

// The newest toast has its key before all else; of others the last in the page is the nearest, such as the bar's comment.
function press(key) {
  const usable = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].filter((one) => !one.disabled);
  const seen = usable.filter((found) => found.checkVisibility() || found.matches(".menu *, .rail *"));
  const one = seen.find((found) => found.closest(".toast")) ?? seen.pop();
  if (!one) return false;
  if (!isMeant(one)) return true;
  if (one.matches("input, textarea")) one.focus();
  else one.click();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest(TYPING) || document.querySelector("dialog[open]")) return;
  const key = first + event.key;
  first = event.key === "g" ? "g " : "";
  if (MOVES[key] && (key.length === 1 || focusedRow())) move(MOVES[key]);
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
