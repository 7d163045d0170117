// A decision is never an accident. Buttons that have just come stay inert until they can have been seen, for the mouse, for
// fingers and for keys alike; what cannot be undone is confirmed in a dialog away from the pointer.

const SEEN_MS = 1000; // nobody has read anything sooner, by whatever they press
const HOLD_MS = 1000;

const detail = document.getElementById("detail");
const GUARDED =
  "#decide-bar .outcomes:not(dialog *), #decide-bar :is(.countdown, .more-to-do), dialog:is(.confirm, .sheet) [name=outcome]";
const confirming = () => detail.querySelector("dialog.confirm");

// Of the same press twice in a row the second means nothing more: that it came too soon is told of others.
const TWICE_MS = 500;
const TOLD_MS = 3000;
const SPOKEN_MS = 50; // assistive technology speaks words that come to a part which it knows by then
const hint = document.getElementById("too-soon");

let timer;
let presses = []; // the last two: what was pressed, and when
let telling;
let told = -Infinity; // when a press came too soon

const guarded = () => detail.dataset.seen !== "yes";
// While a decision is on its way none is taken: the press is meant for what comes.
const isOnItsWay = () => Boolean(detail.querySelector("#decide-form.htmx-request"));

function guard() {
  for (const part of detail.querySelectorAll(GUARDED)) part.inert = true;
  delete detail.dataset.seen;
  clearTimeout(timer);
  // What comes to a page in the background is seen when somebody looks.
  timer = setTimeout(() => (document.hidden ? guard() : release()), SEEN_MS);
}

function tooSoon() {
  guard();
  if (!hint.togglePopover || isSecond()) return;
  told = performance.now();
  tell();
}

// Above the buttons; in the dialog where one is open, since nothing else is there for assistive technology then.
function tell() {
  untell();
  const modal = detail.querySelector("dialog:modal");
  const part = modal ?? document.getElementById("decide-bar");
  if (!part) return;
  modal?.append(hint);
  const { top, left, width } = part.getBoundingClientRect();
  hint.style.bottom = `min(${innerHeight - top + 8}px, 100% - 6em)`;
  hint.style.left = `${left + width / 2}px`;
  hint.togglePopover(true);
  telling = setTimeout(() => {
    hint.textContent = hint.dataset.words;
    telling = setTimeout(untell, TOLD_MS);
  }, SPOKEN_MS);
}

function untell() {
  clearTimeout(telling);
  hint.textContent = "";
  document.getElementById("main").append(hint); // which hides it
}

function release() {
  for (const part of detail.querySelectorAll(GUARDED)) part.inert = false;
  detail.dataset.seen = "yes";
}

// Opened as a page without JavaScript has it, the dialog stands in the bar.
function ask() {
  const dialog = confirming();
  if (!dialog || dialog.matches(":modal")) return;
  dialog.close();
  dialog.showModal();
  dialog.querySelector("#identity, #confirm-now").focus();
}

function note({ repeat, key = "pointer" }) {
  if (!repeat) presses = [presses.at(-1), { key, at: performance.now() }];
}

function isSecond() {
  const [before, last] = presses;
  return Boolean(before) && before.key === last.key && last.at - before.at < TWICE_MS;
}

function start() {
  for (const press of ["pointerdown", "keydown"]) addEventListener(press, note, true);
  ask();
  guard();
  new MutationObserver((changes) => {
    const added = changes.flatMap((change) => [...change.addedNodes]).filter((one) => one.nodeType === Node.ELEMENT_NODE);
    if (!added.some((one) => one.matches(".decide, dialog.confirm") || one.querySelector("#decide-bar"))) return;
    ask();
    guard();
    if (performance.now() - told < SEEN_MS) tell(); // of what was on its way to the press
    else untell();
  }).observe(detail, { childList: true, subtree: true });

  // Who presses at what is not there yet has not looked: the time begins anew.
  document.addEventListener(
    "pointerdown",
    (event) => {
      const modal = detail.querySelector("dialog:modal") ?? detail; // nobody presses at what is behind it
      if ((guarded() || isOnItsWay()) && [...modal.querySelectorAll(GUARDED)].some((part) => isAt(part, event))) tooSoon();
    },
    true,
  );
  detail.addEventListener("key:too-soon", tooSoon);
  detail.addEventListener("bar:grew", guard);

  // Whatever else sends the form, such as Enter in one of its fields, decides as little.
  document.addEventListener(
    "submit",
    (event) => {
      if (!["decide-form", "bulk-form"].includes(event.target.id) || event.submitter?.name === "back" || !guarded()) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      tooSoon();
    },
    true,
  );
  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (event.key !== "Enter" || field.form?.id !== "decide-form" || !field.matches("input") || field.closest("dialog.confirm")) return;
    event.preventDefault();
  });

  detail.addEventListener("cancel", (event) => {
    if (!event.target.matches("dialog.confirm")) return;
    event.preventDefault();
    event.target.querySelector("[name=back]").click();
  }, true);
}

function isAt(part, { clientX, clientY }) {
  const box = part.getBoundingClientRect();
  return clientX >= box.left && clientX <= box.right && clientY >= box.top && clientY <= box.bottom;
}

// Holding a button: for a second, with the pointer or with its key. Who cannot hold types what stands beside it.
let held;
let holding;

function hold(button) {
  if (holding || guarded()) return;
  holding = button;
  button.dataset.holding = "";
  held = setTimeout(() => {
    button.form.querySelector("[name=held]")?.remove();
    const sure = Object.assign(document.createElement("input"), { type: "hidden", name: "held", value: "yes" });
    button.form.append(sure);
    letGo();
    button.click();
  }, HOLD_MS);
}

function letGo() {
  clearTimeout(held);
  if (holding) delete holding.dataset.holding;
  holding = null;
}

const holdable = (event) => event.target.closest?.("[data-hold]");
const typed = (button) => button.closest("dialog").querySelector("[name=typed]").value.trim();

document.addEventListener("pointerdown", (event) => holdable(event) && event.button === 0 && hold(holdable(event)));
for (const end of ["pointerup", "pointercancel", "blur", "visibilitychange"]) addEventListener(end, letGo, true);
document.addEventListener("pointerout", (event) => holdable(event) && !holding?.contains(event.relatedTarget) && letGo());
document.addEventListener("contextmenu", (event) => holdable(event) && event.preventDefault());
document.addEventListener("keydown", (event) => {
  if (!holdable(event) || !["Enter", " "].includes(event.key)) return;
  if (typed(event.target) && event.key === "Enter") return;
  event.preventDefault();
  if (!event.repeat) hold(event.target);
});
document.addEventListener("keyup", letGo);
document.addEventListener(
  "click",
  (event) => {
    const button = holdable(event);
    if (!button || typed(button) || button.form.querySelector("[name=held]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    button.focus();
  },
  true,
);

if (detail) start();
