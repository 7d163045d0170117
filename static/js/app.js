// Everything works without this file. It keeps pages live, times true, and a reader's place where it was.

const page = document.documentElement;
// With the digits that the server writes, whatever others a language has.
const locale = `${page.lang}-u-nu-latn`;

// What is said here comes with the page, in its language.
const said = JSON.parse(document.getElementById("script-words").textContent);
const fill = (words, parts) => words.replace(/%\((\w+)\)s/g, (whole, name) => parts[name]);

// Times ------------------------------------------------------------------------------------------------------------

const FORMS = ["zero", "one", "two", "few", "many", "other"];
const plurals = new Intl.PluralRules(page.lang);

// After "in" and "ago" some languages have another case for days.
function span(seconds, related = false) {
  const all = Math.abs(seconds);
  if (all < 60) return fill(said.seconds, { seconds: Math.floor(all) });
  if (all < 3600) return fill(said.minutes, { minutes: Math.floor(all / 60) });
  if (all < 86400) {
    const minutes = Math.floor((all % 3600) / 60);
    return fill(minutes ? said.hours_minutes : said.hours, { hours: Math.floor(all / 3600), minutes });
  }
  const whole = Math.floor(all / 86400);
  const days = related
    ? fill(said.relative_days.split("|")[FORMS.indexOf(plurals.select(whole))], { days: whole })
    : new Intl.NumberFormat(locale, { style: "unit", unit: "day", unitDisplay: "long" }).format(whole);
  const hours = Math.floor((all % 86400) / 3600);
  return hours && whole < 3 ? fill(said.days_hours, { days, hours }) : days;
}

// In a row: one unit, so that the times of many compare.
function unit(seconds) {
  if (seconds >= 86400) return fill(said.days_short, { days: Math.floor(seconds / 86400) });
  return seconds >= 3600 ? fill(said.hours, { hours: Math.floor(seconds / 3600) }) : span(seconds);
}

function relative(seconds) {
  if (seconds >= 60) return fill(said.ahead, { span: span(seconds, true) });
  if (seconds > 0) return said.soon;
  return seconds > -60 ? said.now : fill(said.ago, { span: span(seconds, true) });
}

function tell(time) {
  const seconds = (new Date(time.dateTime) - Date.now()) / 1000;
  let words;
  if (time.dataset.style === "left" || time.dataset.style === "short") {
    words = seconds <= 0 ? said.over : time.dataset.style === "short" ? unit(seconds) : fill(said.left, { span: span(seconds) });
    const tone = seconds < 3600 ? "red" : seconds < 14400 ? "amber" : "";
    if (time.parentElement.dataset.tone !== tone) time.parentElement.dataset.tone = tone;
  } else if (time.dataset.style === "relative") {
    words = relative(seconds);
  } else if (time.dataset.style === "both") {
    words = fill(said.both, { relative: relative(seconds), clock: time.dataset.clock });
  } else {
    return;
  }
  if (time.textContent !== words) time.textContent = words;
}

const tellAll = () => document.querySelectorAll("time[data-style]").forEach(tell);
setInterval(tellAll, 15000);

// Undo: the time that is left of it ---------------------------------------------------------------------------------

setInterval(() => {
  for (const form of document.querySelectorAll("form.countdown[data-until]")) {
    const left = new Date(form.dataset.until) - Date.now();
    form.dataset.whole ??= String(Math.max(left, 1));
    const bar = form.querySelector("progress");
    if (bar) bar.value = Math.max(0, (100 * left) / Number(form.dataset.whole));
    const words = form.querySelector("[data-seconds]");
    const seconds = span(Math.max(0, Math.ceil(left / 1000)));
    if (words) words.textContent = words.dataset.seconds === "short" ? seconds : fill(said.ahead, { span: seconds });
    if (left > 0) continue;
    delete form.dataset.until;
    const toast = form.closest(".toast");
    if (toast) toast.remove();
    else {
      form.querySelector("button").disabled = true;
      words.parentElement.textContent = said.takes_effect;
    }
  }
}, 200);

// The list ------------------------------------------------------------------------------------------------------------

const list = () => document.getElementById("rows");
const openTask = () => document.getElementById("task")?.dataset.task;
let waiting = []; // rows that came meanwhile, behind the pill

function markSelected() {
  const selected = openTask();
  for (const item of document.querySelectorAll("#rows .item")) {
    if (item.closest("li").dataset.task === selected) item.setAttribute("aria-current", "true");
    else item.removeAttribute("aria-current");
  }
  showSelected();
}

// What is open can be seen in the list, which moves no further than it takes.
const showSelected = () => document.querySelector("#rows .item[aria-current]")?.scrollIntoView({ block: "nearest" });

function showPill() {
  const pill = document.getElementById("pill");
  if (!pill) return;
  pill.hidden = waiting.length === 0;
  pill.textContent = fill(said.new, { number: waiting.length });
}

// A new row stands first in its group, which begins where it belongs if it was empty.
function placeRow(rows, row) {
  const { group, groupWords } = row.dataset;
  if (group === undefined) return rows.prepend(row);
  const heads = [...rows.querySelectorAll("li.group")];
  let head = heads.find((one) => one.dataset.group === group);
  if (!head) {
    head = Object.assign(document.createElement("li"), { className: "group" });
    head.dataset.group = group;
    head.append(Object.assign(document.createElement("h2"), { textContent: groupWords }));
    const next = heads.find((one) => Number(one.dataset.group) > Number(group));
    if (next) next.before(head);
    else (rows.querySelector("li.more") ? rows.querySelector("li.more").before(head) : rows.append(head));
  }
  head.after(row);
}

function insertWaiting() {
  const rows = list();
  const newest = waiting[0];
  rows.querySelector(".empty")?.remove();
  for (const row of waiting.toReversed()) placeRow(rows, row);
  window.htmx?.process(rows);
  waiting = [];
  newest.querySelector(".item").focus(); // the button that had the focus is gone
  showPill();
  markSelected();
  rows.scrollTop = 0;
}

// A row changes in place: its link stays the element that may have the focus.
function changeRow(fresh) {
  const old = document.getElementById(fresh.id);
  if (!old || old.dataset.version === fresh.dataset.version) return;
  old.dataset.version = fresh.dataset.version;
  const [link, made] = [old.querySelector(".item"), fresh.querySelector(".item")];
  link.className = made.className;
  link.innerHTML = made.innerHTML;
  if (!fresh.querySelector(".pick")) old.querySelector(".pick")?.remove();
}

// The badge of the rail and those of the views say how many there are now.
function setCount(name, words) {
  const badges = [...document.querySelectorAll(`[data-count-of="${name}"]`)];
  if (name === "waiting") badges.push(document.getElementById("badge"));
  for (const badge of badges.filter(Boolean)) {
    badge.hidden = !words;
    (badge.querySelector("[data-count]") ?? badge).textContent = words;
  }
}

let catching = false;
let again = false;
async function catchUp() {
  const rows = list();
  if (!rows) return news(); // the badge of the rail alone
  if (document.hidden) return;
  if (catching) {
    again = true;
    return;
  }
  catching = true;
  try {
    const ids = [...rows.querySelectorAll("li[data-task]")].map((row) => row.dataset.task);
    const query = new URLSearchParams({ view: rows.dataset.view, q: rows.dataset.q, sort: rows.dataset.sort, ids: ids.slice(0, 200).join(",") });
    const answer = await ask(`/inbox/rows?${query}`);
    if (!answer.ok) return;
    const made = new DOMParser().parseFromString(await answer.text(), "text/html");
    const told = [...made.querySelectorAll("#known > li")];
    told.forEach(changeRow);
    const known = new Set([...ids, ...waiting.map((row) => row.dataset.task)]);
    for (const row of made.querySelectorAll("#new > li")) if (!known.has(row.dataset.task)) waiting.push(document.importNode(row, true));
    const gone = new Set(told.filter((row) => row.querySelector(".over")).map((row) => row.dataset.task));
    waiting = waiting.filter((row) => !gone.has(row.dataset.task));
    showPill();
    document.dispatchEvent(new Event("live:tasks"));
    for (const count of made.querySelectorAll("#heads > span")) {
      const told = rows.querySelector(`li.group[data-group="${count.dataset.group}"] [data-group-count]`);
      if (told) told.textContent = count.textContent;
    }
    for (const count of made.querySelectorAll("#counts > span")) setCount(count.dataset.of, count.textContent);
    tellAll();
    stamp();
  } finally {
    catching = false;
    if (again) {
      again = false;
      setTimeout(catchUp, 500);
    }
  }
}

// Whether somebody is at work in a part of the page: the focus is there, or something typed or chosen.
function inUse(part) {
  const written = [...part.querySelectorAll("textarea, input:not([type=hidden])")];
  return part.contains(document.activeElement) || written.some((one) => one.value !== one.defaultValue || one.checked !== one.defaultChecked);
}

// What a bar says and offers, without what differs each time it is made, or is the script's.
const bare = (bar) => bar.innerHTML.replace(/name="csrfmiddlewaretoken" value="\w*"| (inert|disabled|open|hidden)=""/g, "");

// Something happened to the open task: what it says of itself follows, what is being typed stays.
// While nobody sees the page nobody looks at the task: it follows once they are back, and says what changed meanwhile.
async function refreshTask(look = "goes_on") {
  const task = document.getElementById("task");
  if (!task || document.hidden) return;
  const answer = await ask(`/inbox/${task.dataset.task}${location.search}`, { "X-Look": look });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("task");
  if (!fresh || fresh.dataset.version === task.dataset.version) return;
  task.dataset.version = fresh.dataset.version;
  for (const part of task.querySelectorAll("[data-live]")) {
    if (inUse(part)) continue;
    part.replaceChildren(...fresh.querySelector(`#${part.id}`).childNodes);
    window.htmx?.process(part);
  }
  const [bar, made] = [task.querySelector("#decide-bar"), fresh.querySelector("#decide-bar")];
  if (inUse(bar) || bar.querySelector("dialog[open]")) {
    // Only what would send it ends.
    const still = made.querySelector("button[name=outcome]") !== null;
    for (const button of bar.querySelectorAll("button:not([name=back])")) button.disabled = !still;
  } else if (bare(bar) !== bare(made)) {
    bar.replaceChildren(...made.childNodes);
    window.htmx?.process(bar);
  }
  document.dispatchEvent(new Event("page:refreshed"));
  tellAll();
}

// A part of the page that shows what goes on is fetched anew when something did, at most once a second.
const watched = () => document.querySelector("[data-watch]");
let looking;
const pushed = () => document.querySelector("[data-pushed]");
function lookAgain() {
  if (pushed() && socket?.readyState === WebSocket.OPEN) return; // the server sends what changed
  document.dispatchEvent(new Event("live:operations"));
  looking ??= setTimeout(() => {
    looking = undefined;
    const part = watched();
    if (part && !document.hidden && !inUse(part) && !part.querySelector("details[open]")) window.htmx?.trigger(part, "live:changed");
  }, 1000);
}

// What the person is told: the bell counts it, and the browser shows what is new while nobody looks at the page ---------

const popped = new Set(JSON.parse(sessionStorage.getItem("popped") ?? "[]"));
let looked = false;

async function news() {
  const bell = document.getElementById("bell");
  if (!bell) return;
  const answer = await ask(list() ? "/notifications/news" : "/notifications/news?waiting");
  if (!answer.ok || !answer.headers.get("Content-Type")?.startsWith("application/json")) return;
  const { unread, pop, waiting: count } = await answer.json();
  if (count !== undefined) setCount("waiting", count);
  bell.hidden = !unread;
  bell.querySelector("[data-count]").textContent = unread;
  for (const one of pop) {
    if (popped.has(one.id)) continue;
    popped.add(one.id);
    sessionStorage.setItem("popped", JSON.stringify([...popped].slice(-50)));
    if (!("Notification" in window) || Notification.permission !== "granted") continue;
    // What was there when the page was opened is not new, and what is looked at needs nothing; a test is shown all the same.
    if (one.task && (!looked || !document.hidden)) continue;
    const shown = new Notification(one.title, { dir: "auto", body: one.body, tag: one.id });
    shown.onclick = () => {
      window.focus();
      location.assign(one.url);
    };
  }
  looked = true;
}

function tellPermission() {
  const state = document.getElementById("browser-state");
  if (!state) return;
  const permission = "Notification" in window ? Notification.permission : "denied";
  state.textContent = { granted: said.allowed, denied: said.denied, default: "" }[permission];
  document.getElementById("browser-allow").hidden = permission !== "default";
}

// Live ----------------------------------------------------------------------------------------------------------------

let lastUpdate = new Date();
const stamp = () => (lastUpdate = new Date());
let tries = 0;

function say(tone, words) {
  const live = document.getElementById("live");
  if (!live) return;
  live.hidden = false;
  live.firstElementChild.dataset.tone = tone;
  const told = live.querySelector(".words");
  if (told.textContent !== words) told.textContent = words;
}

let socket;
let retry;

function lost() {
  say("amber", fill(said.reconnecting, { time: lastUpdate.toLocaleTimeString(locale, { hour12: false, timeZone: document.querySelector(".frame").dataset.zone }) }));
}

// Asks the server for a part of the page. Who cannot reach it is not live, whatever the socket seems to be.
async function ask(url, headers = {}) {
  try {
    const answer = await fetch(url, { headers: { "HX-Request": "true", ...headers } });
    if (answer.status === 401) sessionOver();
    return answer;
  } catch {
    lost();
    socket?.close();
    return Response.error();
  }
}

// What this page shows, so that the server tells it of nothing else.
function showing() {
  if (socket?.readyState !== WebSocket.OPEN) return;
  const all = ["undecided", "stuck"].includes(list()?.dataset.view);
  const watch = Boolean(watched()) && !document.hidden;
  const { pushed: overview = null, q = "" } = pushed()?.dataset ?? {};
  const endpoint = document.querySelector("[data-endpoint]")?.dataset.endpoint ?? null;
  const doing = document.hidden ? "" : (document.getElementById("presence")?.dataset.doing ?? "");
  socket.send(JSON.stringify({ task: openTask() ?? null, all, watch, overview, q, language: page.lang, endpoint, doing }));
}

function connect() {
  clearTimeout(retry);
  const mine = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`);
  socket = mine;
  socket.onopen = () => {
    tries = 0;
    say("green", said.live);
    showing();
    catchUp();
    refreshTask();
    news();
    lookAgain();
  };
  socket.onmessage = (message) => {
    stamp();
    const told = JSON.parse(message.data);
    if (told.type === "notifications") news();
    if (told.type === "presence") document.dispatchEvent(new CustomEvent("live:presence", { detail: told }));
    if (told.type === "operations" && told.pieces) document.dispatchEvent(new CustomEvent("live:pieces", { detail: told.pieces }));
    else if (told.type === "operations") lookAgain();
    if (told.type !== "tasks") return;
    if (told.ids.includes(openTask())) refreshTask();
    catchUp();
  };
  socket.onclose = (event) => {
    if (socket !== mine) return;
    if (event.code === 4401) return sessionOver();
    lost();
    tries += 1;
    retry = setTimeout(connect, Math.min(15000, 500 * 2 ** tries) * (0.5 + Math.random()));
  };
}

// What was typed decides whether the page can be left for signing in.
function sessionOver() {
  lost();
  document.dispatchEvent(new Event("session:over"));
}
document.addEventListener("session:back", connect);
document.addEventListener("presence:changed", showing);
document.addEventListener("watched:refreshed", tellAll);

// Pages ---------------------------------------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  if (event.target.id === "pill") insertWaiting();
  if (event.target.id === "browser-allow") Notification.requestPermission().then(tellPermission);
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  const copy = event.target.closest("[data-copy]");
  const copied = copy && (copy.dataset.copy ? document.querySelector(copy.dataset.copy) : copy.closest("[data-copied]").querySelector("pre, code"));
  const unfold = event.target.closest("[data-unfold]");
  if (unfold) unfoldAll(unfold);
  const brought = event.target.closest("[data-brings]");
  if (brought) {
    const key = document.querySelector(brought.dataset.brings).textContent;
    sessionStorage.setItem("reference-key", JSON.stringify({ user: document.querySelector(".frame").dataset.user, key }));
  }
  if (copied) navigator.clipboard.writeText(copied.textContent).then(() => toast(said.copied));
});

// All parts of a tree at once, or none but the first.
function unfoldAll(button) {
  const parts = [...button.closest(".code-fact").querySelectorAll("details")];
  const open = parts.some((one) => !one.open);
  for (const [place, one] of parts.entries()) one.open = open || place === 0;
  button.querySelector("[data-all]").hidden = open;
  button.querySelector("[data-none]").hidden = !open;
}

// Browsers look at a text field's caret alone, which may be under the bar.
document.addEventListener("focusin", ({ target }) => {
  if (target.matches(".task > .content :is(textarea, input:not([type=radio], [type=checkbox], [type=file]))")) target.scrollIntoView({ block: "nearest" });
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

document.addEventListener("visibilitychange", () => {
  showing(); // nothing is made for a page that nobody sees, and nobody looks at it
  if (!document.hidden) {
    refreshTask("back").then(catchUp);
    lookAgain();
    tellAll();
  }
});

document.addEventListener("htmx:afterSwap", (event) => {
  tellAll();
  if (event.target.id !== "detail") return;
  markSelected();
  showing();
  event.target.scrollTop = 0;
  if (matchMedia("(width <= 860px)").matches) window.scrollTo(0, 0);
  const problem = document.querySelector("#problem, #detail :is([aria-invalid], [data-wrong])");
  const next = ["identity", "confirm-now", "task-title", "nothing-title"].map((id) => document.getElementById(id)).find(Boolean);
  const row = event.detail.requestConfig?.elt;
  // Who goes through the list by keys stays there.
  const reached = row?.matches("[data-reached]") && row.checkVisibility();
  if (reached) delete row.dataset.reached;
  else (problem ?? next)?.focus({ preventScroll: !problem });
  const title = document.getElementById("task-title");
  document.title = `${title ? `${title.textContent} · ` : ""}${said.inbox} · AXME Inbox`;
  catchUp();
});

// Toasts: the newest on top. Of more than three it alone is shown, and how many stand behind it.
const SHOWN = 3;
const TOAST_MS = 8000;
const toasts = document.getElementById("toasts");

function toast(words) {
  const made = document.createElement("div");
  made.className = "toast";
  made.textContent = words;
  toasts.prepend(made);
}

function foldToasts() {
  toasts.querySelector(".folded")?.remove();
  const all = [...toasts.querySelectorAll(".toast")];
  const folded = all.length > SHOWN;
  all.forEach((one, place) => (one.hidden = folded && place > 0));
  if (!folded) return;
  const line = document.createElement("p");
  line.className = "folded";
  line.textContent = fill(said.folded, { number: all.length - 1 });
  all[0].after(line);
}

// What they stand beside leaves them room.
new ResizeObserver(() => page.style.setProperty("--toasts", `${toasts.offsetHeight}px`)).observe(toasts);

// However they come and go: those that cannot be undone leave by themselves.
const coming = new MutationObserver(() => {
  for (const one of toasts.querySelectorAll(".toast:not([data-told])")) {
    one.dataset.told = "";
    if (!one.querySelector("form[data-until]")) setTimeout(() => one.remove(), TOAST_MS);
  }
  foldToasts();
  coming.takeRecords(); // of its own line
});
coming.observe(toasts, { childList: true });
document.addEventListener("htmx:afterRequest", ({ target, detail: { successful } }) => {
  if (successful) target.closest(".toast")?.remove();
});

// The next task is the next row of the list as it stands here: the rows below the open one, then those above it.
document.addEventListener("htmx:configRequest", ({ detail: { verb, parameters } }) => {
  if (verb !== "post" || !list()) return;
  const rows = [...list().querySelectorAll("li[data-task]")];
  const here = rows.findIndex((row) => row.dataset.task === openTask());
  const near = here < 0 ? rows : [...rows.slice(here + 1), ...rows.slice(0, here).reverse()];
  const open = near.filter((row) => !row.querySelector(".over"));
  parameters.following = open.slice(0, 20).map((row) => row.dataset.task).join(",");
});

document.addEventListener("htmx:sendError", () => toast(said.unreachable));
// A refusal is a page of its own: what it says is said here, and the page that is open stays.
document.addEventListener("htmx:responseError", ({ detail: { xhr } }) => {
  if (xhr.getResponseHeader("AXME-Refused")) return;
  const html = xhr.getResponseHeader("Content-Type")?.startsWith("text/html");
  const made = new DOMParser().parseFromString(html ? xhr.responseText : "", "text/html");
  const words = [...made.querySelectorAll("main h1, main h1 ~ p")].map((one) => one.textContent.trim());
  toast(words.slice(0, 2).join(". ") || said.failed);
});

// A date typed in part has no value: without this it would be left out in silence.
document.addEventListener("formdata", ({ target, formData }) => {
  for (const one of target.elements) if (one.validity?.badInput) formData.set(one.name, "?");
});

// One press, one decision.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.id === "decide-form") document.querySelectorAll("[data-once]").forEach((button) => (button.disabled = true));
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.target.id === "decide-form") document.querySelectorAll("[data-once]").forEach((button) => (button.disabled = false));
});

const showTab = () => document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
addEventListener("resize", showTab);
showTab();
showSelected();
if (document.getElementById("live")) {
  connect();
  setInterval(catchUp, 60000);
  setInterval(() => (pushed() ? showing() : lookAgain()), 15000);
  addEventListener("offline", () => {
    lost();
    socket.close();
  });
  addEventListener("online", () => {
    if (socket.readyState > WebSocket.OPEN) connect();
  });
}
// The answer to a form that made a secret shows it once: its address is the list's, so that a reload makes no second one.
const shownOnce = document.querySelector("[data-address]");
if (shownOnce) history.replaceState(history.state, "", shownOnce.dataset.address);

const offered = `${navigator.clipboard ? "[data-copy], " : ""}[data-unfold], [data-brings]`;
const offer = () => document.querySelectorAll(offered).forEach((button) => (button.hidden = false));
offer();
for (const name of ["watched:refreshed", "htmx:afterSettle"]) document.addEventListener(name, offer);
tellAll();
tellPermission();
// Every script of the page is of use by then, not this one alone.
document.addEventListener("DOMContentLoaded", () => (page.dataset.ready = "true"));
