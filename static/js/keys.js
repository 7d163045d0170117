// Keys for those who have not switched them off. What has a key says so itself, by data-key.

const TYPING = "input:not([type=radio], [type=checkbox]), textarea, select, .menu .items, dialog";
const MOVES = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 };

let first = ""; // the g of "g i"

const detail = document.getElementById("detail");
const ROW = "#rows :is(.item, .same > details > summary)"; // or what folds some
const rows = () => [...document.querySelectorAll(ROW)].filter((row) => row.checkVisibility());
const focusedRow = () => document.activeElement?.closest(ROW);
const taskOf = (row) => row?.closest("li").dataset.task;
const openTask = () => document.getElementById("task")?.dataset.task;

// The row that is reached is opened: ring, selection and what the keys act on are one task.
const PAUSE_MS = 80; // rows that are only passed are not fetched
let opening;

function stay() {
  clearTimeout(opening);
  opening = undefined;
}

function move(step) {
  const all = rows();
  const focused = all.indexOf(focusedRow());
  const from = focused < 0 ? all.findIndex((row) => row.hasAttribute("aria-current")) : focused;
  const row = all[from < 0 ? 0 : from + step];
  if (!row) return;
  row.focus();
  stay();
  if (!taskOf(row)) return;
  opening = setTimeout(() => {
    opening = undefined;
    if (taskOf(row) === openTask()) return;
    row.dataset.reached = ""; // the focus stays on it
    row.click();
  }, PAUSE_MS);
}

// Who opens the row that was reached wants to be in the task, also where the arrows' fetch of it is still on its way.
function enter(row) {
  stay();
  delete row.dataset.reached;
}

// What is done to a task is done to the one that has the focus, or to none.
function isMeant(button) {
  const row = focusedRow();
  if (!detail?.contains(button)) return true;
  const there = !row || (taskOf(row) && taskOf(row) === openTask());
  if (there && !button.disabled && (button.name !== "outcome" || detail.dataset.seen === "yes")) return true;
  const comes = there || opening || row.matches("[data-reached], .htmx-request"); // it is fetched
  if (button.name === "outcome" && comes) detail.dispatchEvent(new Event("key:too-soon"));
  return false;
}

// Answers take no press while one of them is on its way, and are not without a key for that.
const isOff = (one) => one.disabled && !(one.matches("[data-once]") && document.querySelector("#decide-form.htmx-request"));

// The newest toast has its key before all else; of others the last in the page is the nearest, such as the bar's comment.
function press(key) {
  const usable = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].filter((one) => !isOff(one));
  const seen = usable.filter((found) => found.checkVisibility() || found.matches(".menu *, .rail *"));
  const one = seen.find((found) => found.closest(".toast")) ?? seen.pop();
  if (!one) return false;
  if (!isMeant(one)) return true;
  if (one.matches("input, textarea")) one.focus();
  else one.click();
  return true;
}

// What stands in the menu of the task is shown first, and chosen there.
function openMenu(key) {
  const wanted = detail?.querySelector(`details.menu [data-menu-key="${CSS.escape(key)}"] :is(button, .input)`);
  if (!wanted || !isMeant(wanted)) return Boolean(wanted);
  wanted.closest("details").open = true;
  wanted.focus();
  return true;
}

// The box of the row that has the focus, else of the open task's.
function select() {
  const row = focusedRow() ?? rows().find((one) => one.hasAttribute("aria-current"));
  const box = row?.closest("li").querySelector(".pick input");
  box?.click();
  return Boolean(box);
}

// Who goes through the list by keys has one stop in it, at the row that is open or was reached.
function rove(to) {
  const all = rows();
  const stop = to ?? all.find((row) => row.hasAttribute("aria-current")) ?? all[0];
  for (const row of document.querySelectorAll(ROW)) row.tabIndex = row === stop ? 0 : -1;
  for (const box of document.querySelectorAll("#rows .pick input")) box.tabIndex = -1;
}
const roving = document.getElementById("rows");
if (roving) {
  roving.addEventListener("click", ({ isTrusted, target }) => isTrusted && target.closest(".item") && enter(target.closest(".item")), true);
  roving.addEventListener("focusin", ({ target }) => target.matches(ROW) && rove(target));
  new MutationObserver(() => rove(focusedRow() ?? undefined)).observe(roving, { childList: true });
  // One that was not shown, as beside a task on a phone, gets its stop once it is.
  new ResizeObserver(() => rows().some((row) => row.tabIndex === 0) || rove()).observe(roving);
  rove();
}

// Assistive technology is told which key presses what; one after another cannot be told.
function name() {
  for (const one of document.querySelectorAll("[data-key]")) {
    if (!one.dataset.key.includes(" ")) one.setAttribute("aria-keyshortcuts", one.dataset.key);
  }
}
document.addEventListener("htmx:afterSwap", name);
name();

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest(TYPING) || document.querySelector("dialog[open]")) return;
  const key = first + event.key;
  first = event.key === "g" ? "g " : "";
  if (MOVES[key] && (key.length === 1 || focusedRow())) move(MOVES[key]);
  else if (key === "o" && focusedRow()) {
    enter(focusedRow());
    document.activeElement.click();
  }
  else if (event.repeat || !(key === "x" ? select() : openMenu(key) || press(key))) return;
  event.preventDefault();
});

const help = document.getElementById("keys");
const show = document.getElementById("show-keys");
show.hidden = false;
show.addEventListener("click", () => {
  show.closest("details").open = false;
  help.showModal();
});
