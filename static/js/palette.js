// Ctrl/Cmd-K: everything that the page can do, by name. What there is, the page itself says.

const palette = document.getElementById("palette");
const field = document.getElementById("palette-field");
const found = document.getElementById("palette-list");
const PLACES = [
  "[data-key], .selection button, #rows li:has(> [aria-current]) > .pick input, #view-name",
  ".decide > .row :is(.ask, .outcomes a.button), .take button, #detail .menu .items :is(.on-narrow, .on-phones button)",
  "#detail .menu form[hx-post*='/snooze'] button, #detail :is(#to, #approver), #detail form[hx-post*='watch?'] button",
  ".outcomes a.button, .places a, .tabs a, .saved-views a, .orders .items a, .facets .items a",
].join();
// What is at hand comes first: what is selected, the answers, the rest of the task.
const NEAR = [".selection", ".decide", "#detail"];
// Groups in the order in which they are shown, with where their commands stand; what stands nowhere of it is the page's.
const GROUPS = {
  selected: ".selection", task: ".decide, #detail", settings: ".side-tabs", places: ".places, .tabs, .saved-views", list: ".list, .find-line", page: "html",
};
const ORDER = ["selected", "task", "places", "list", "page", "settings"];
const MOST = 60;
let commands = [];
let shown = [];
let current = 0;
let isOut = ""; // what it is not about, as it was opened
let task;
let further = [];

const taskShown = () => document.getElementById("task")?.dataset.task;

// Without counts and keys, which stand in some names.
function bare(one) {
  const copy = one.cloneNode(true);
  for (const part of copy.querySelectorAll("kbd, .badge, .number, [data-selected]")) part.remove();
  return copy.textContent;
}

const named = (one) =>
  (one.getAttribute("aria-label") || (one.labels?.[0] && bare(one.labels[0])) || one.placeholder || bare(one) || one.title).replace(/\s+/g, " ").trim();

// What stands in a menu is called by it too: "Risk: High". The first field of a form there is called by it alone.
const menuOf = (one) => one.closest(".menu form")?.querySelector(".panel-title")?.textContent.trim() || menuWords(one);
const menuWords = (one) => one.closest(".facets details, .orders")?.querySelector("summary")?.dataset.words ?? "";

const inFull = (one, group) => (!group ? named(one) : one.matches("input") ? group : `${group}: ${named(one)}`);
const keyOf = (one) => one.dataset.key ?? one.closest("[data-menu-key]")?.dataset.menuKey ?? (one.matches(".pick input") ? "x" : "");
const distance = (one) => [...NEAR, "html"].findIndex((near) => one.closest(near));
const groupOf = (one) => Object.keys(GROUPS).find((group) => one.closest(GROUPS[group]));
const rank = ({ group }) => ORDER.indexOf(group);

// Whether the focus is on the row of another task than the open one, as while that is fetched: as by keys, nothing is done to
// the open one then.
function isElsewhere() {
  const row = document.activeElement?.closest("#rows :is(.item, .same > details > summary)");
  return Boolean(row) && row.closest("li").dataset.task !== taskShown();
}

// What cannot be seen cannot be done, but for what stands in a menu.
function collect() {
  const usable = [...document.querySelectorAll(PLACES)].filter(
    (one) => !one.disabled && !one.closest(isOut) && (one.checkVisibility() || one.closest(".menu, .rail")),
  );
  const seen = new Set();
  const keysAreOn = document.getElementById("keys");
  return usable
    .map((one) => ({ one, words: inFull(one, menuOf(one)), key: keysAreOn ? keyOf(one) : "", group: groupOf(one) }))
    .sort((a, b) => rank(a) - rank(b) || distance(a.one) - distance(b.one))
    .filter(({ words }) => words && !seen.has(words) && seen.add(words));
}

// The sections of settings, as their own pages have them: asked for once, when somebody first looks for something.
let sections;
async function elsewhere() {
  const answer = await fetch("/settings", { headers: { Accept: "text/html" } });
  const nav = new DOMParser().parseFromString(answer.ok ? await answer.text() : "", "text/html").querySelector(".side-tabs");
  return [...(nav?.querySelectorAll("a") ?? [])].map((one) => ({
    one, words: named(one), key: "", group: "settings", leads: one.getAttribute("href"),
  }));
}

// The lines of a group below its head; nothing for none.
function headed(group, lines) {
  if (!lines.length) return [];
  const head = Object.assign(document.createElement("span"), { textContent: found.dataset[group], className: "group-name" });
  head.setAttribute("aria-hidden", "true");
  const list = document.createElement("ul");
  list.setAttribute("role", "group");
  list.setAttribute("aria-label", found.dataset[group]);
  list.append(...lines);
  return [head, list];
}

function show() {
  const asked = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  const isAsked = ({ words, group }) => asked.every((word) => `${found.dataset[group]} ${words}`.toLowerCase().includes(word));
  shown = commands.filter(isAsked).slice(0, MOST);
  current = Math.min(current, Math.max(0, shown.length - 1));
  const lines = shown.map(({ words, key }, place) => {
    const line = Object.assign(document.createElement("li"), { id: `command-${place}`, textContent: words });
    line.setAttribute("role", "option");
    line.setAttribute("aria-selected", String(place === current));
    if (key) line.append(Object.assign(document.createElement("kbd"), { textContent: key, className: "end" }));
    return line;
  });
  found.replaceChildren(...ORDER.flatMap((group) => headed(group, lines.filter((_, place) => shown[place].group === group))));
  lines[current]?.scrollIntoView({ block: "nearest" });
  if (current === 0) found.scrollTop = 0;
  palette.querySelector(".hint").hidden = shown.length > 0;
  if (shown.length) field.setAttribute("aria-activedescendant", `command-${current}`);
  else field.removeAttribute("aria-activedescendant");
}

function run(place) {
  const command = shown[place];
  if (!command) return;
  palette.close();
  if (command.one.matches("input:not([type=checkbox]), textarea")) {
    if (command.one.closest("details")) command.one.closest("details").open = true;
    command.one.focus();
  }
  else if (command.leads) location.assign(command.leads);
  else command.one.click();
}

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  event.preventDefault();
  if (palette.open) return palette.close();
  if (document.querySelector("dialog[open]")) return;
  isOut = isElsewhere() ? "[inert], dialog, #detail" : "[inert], dialog";
  task = taskShown();
  further = [];
  commands = collect();
  field.value = "";
  current = 0;
  show();
  palette.showModal();
  field.focus();
  if (document.querySelector(".side-tabs")) return; // the page has them itself
  const here = further;
  sections ??= elsewhere().catch(() => (sections = undefined, []));
  sections.then((more) => {
    if (further !== here) return;
    further = more;
    commands = [...commands, ...more];
    show();
  });
});
field.addEventListener("input", () => {
  current = 0;
  // The answers of a task that was just opened can be given a moment later; those of another are not put in their place.
  if (taskShown() === task) commands = [...collect(), ...further];
  show();
});
field.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && shown.length) current = (current + step + shown.length) % shown.length;
  else if (event.key === "Enter") run(current);
  else return;
  event.preventDefault();
  if (step) show();
});
found.addEventListener("click", (event) => run([...found.querySelectorAll("li")].indexOf(event.target.closest("li"))));
