// What was typed is never lost: not by another row, not by leaving, not by a session that ends. It is kept in this tab, for the
// person who typed it, until it was taken.

const frame = document.querySelector(".frame");
const user = frame.dataset.user;
const said = JSON.parse(document.getElementById("script-words").textContent);
const fill = (words, parts) => words.replace(/%\((\w+)\)s/g, (whole, name) => parts[name]);

// Drafts --------------------------------------------------------------------------------------------------------------

const STORE = `drafts:${user}`;
const SENT = `sent:${user}`;
const MOST_PLACES = 50;
const SECRET = "[type=password], [type=hidden], [type=file], [autocomplete^=one-time], [autocomplete$=password], [data-secret]";

// Also a key that was brought to the reference.
function leave() {
  for (const kept of [STORE, "reference-key"]) sessionStorage.removeItem(kept);
}

const load = () => JSON.parse(sessionStorage.getItem(STORE) ?? "{}");

function save(drafts) {
  const places = Object.keys(drafts);
  for (const old of places.slice(0, Math.max(0, places.length - MOST_PLACES))) delete drafts[old];
  try {
    sessionStorage.setItem(STORE, JSON.stringify(drafts));
  } catch {
    // A tab that has no room for it goes on without.
  }
}

// A task is one place, wherever its fields stand; any other page is one by its address.
function placeOf(field) {
  const task = field.form?.closest("#task") ?? field.closest("#task");
  return task ? `task:${task.dataset.task}` : location.pathname;
}

const isToggle = (field) => field.type === "checkbox" || field.type === "radio";
const current = (field) => (isToggle(field) ? field.checked : field.value);

function initial(field) {
  if (isToggle(field)) return field.defaultChecked;
  if (field.tagName !== "SELECT") return field.defaultValue;
  const chosen = [...field.options].filter((one) => one.defaultSelected).pop() ?? field.options[0];
  return chosen?.value ?? "";
}

const isKept = (field) => field.name && field.form?.id !== "selection" && field.form?.method === "post" && field.matches("input, textarea, select") && !field.matches(SECRET);
const fields = () => [...document.querySelectorAll("input, textarea, select")].filter(isKept);

function keyOf(field) {
  if (isToggle(field)) return `${field.name}=${field.value}`;
  const same = [...document.getElementsByName(field.name)].filter((one) => one.form === field.form);
  return `${field.form.id}/${field.name}#${same.indexOf(field)}`;
}

// What a form keeps on the server, as it is typed, needs no place in this tab.
const isKeptHere = (field) => field.form?.dataset.kept !== "server";

function keep(field) {
  if (!isKeptHere(field)) return;
  const drafts = load();
  const place = placeOf(field);
  const here = drafts[place] ?? {};
  delete drafts[place]; // and so the latest of all
  const base = here[keyOf(field)]?.base ?? initial(field);
  if (current(field) === base) delete here[keyOf(field)];
  else here[keyOf(field)] = { base, value: current(field) };
  if (Object.keys(here).length) drafts[place] = here;
  save(drafts);
}

// Only what stands as it stood when it was typed over is filled in: nobody's change is undone unseen.
function restore() {
  const drafts = load();
  let count = 0;
  for (const field of fields().filter(isKeptHere)) {
    const draft = drafts[placeOf(field)]?.[keyOf(field)];
    if (!draft || draft.base !== initial(field) || current(field) !== draft.base) continue;
    if (isToggle(field)) field.checked = draft.value;
    else field.value = draft.value;
    count += placeOf(field) === location.pathname;
  }
  if (count) offerToDiscard();
}

function forget(places, keys) {
  const drafts = load();
  for (const place of places) {
    for (const key of keys ?? Object.keys(drafts[place] ?? {})) delete drafts[place]?.[key];
    if (drafts[place] && !Object.keys(drafts[place]).length) delete drafts[place];
  }
  save(drafts);
}

function offerToDiscard() {
  const discard = button(said.discard, () => {
    forget([location.pathname]);
    leaving = true;
    location.reload();
  });
  tell("restored", "accent", said.restored, [discard, button(said.dismiss, () => untell("restored"))]);
}

for (const kind of ["input", "change"]) {
  document.addEventListener(kind, ({ target }) => target.matches("input, textarea, select") && isKept(target) && keep(target));
}

// What a page of a task sent by htmx is kept until it was taken.
const sending = new WeakMap();
const formOf = (element) => (element.matches("form") ? element : element.closest("form"));
document.addEventListener("htmx:beforeRequest", ({ detail: { elt, requestConfig } }) => {
  if (requestConfig.verb !== "post") return;
  const form = formOf(elt);
  if (!form?.closest("#task")) return;
  const typed = [...form.elements].filter(isKept);
  sending.set(requestConfig, { place: `task:${form.closest("#task").dataset.task}`, keys: typed.map(keyOf) });
});
document.addEventListener("htmx:afterRequest", ({ detail: { successful, xhr, requestConfig } }) => {
  const sent = sending.get(requestConfig);
  if (sent && successful && !xhr.getResponseHeader("AXME-Not-Done")) forget([sent.place], sent.keys);
});
document.addEventListener("htmx:afterSettle", ({ target }) => target.closest?.("#detail") && restore());
document.addEventListener("page:refreshed", restore);

// What is typed while an answer is on its way goes on in what the answer makes anew, and so does the focus. Where a row is taken
// out the others move, and nobody can tell which is meant.
const onItsWay = new WeakMap();
const inFocus = new WeakMap();
const unsent = new WeakMap();
const REACHABLE = "a, button, input, select, textarea, summary, [tabindex]";
const nameOf = (field) => `${placeOf(field)} ${keyOf(field)}`;
document.addEventListener("htmx:beforeRequest", ({ detail: { elt, requestConfig } }) => {
  const form = elt.form ?? formOf(elt);
  if (requestConfig.verb !== "post" || !form || /^(remove|up|down):/.test(elt.value ?? "")) return;
  const sent = [...form.elements].filter(isKept).map((field) => [nameOf(field), current(field)]);
  onItsWay.set(requestConfig, { sent: new Map(sent), late: [], before: new WeakSet() });
});
document.addEventListener("htmx:beforeSwap", ({ detail: { requestConfig } }) => {
  const { sent, late, before } = onItsWay.get(requestConfig) ?? {};
  for (const element of sent ? document.querySelectorAll(REACHABLE) : []) before.add(element);
  for (const field of sent ? fields() : []) {
    const [name, focused] = [nameOf(field), field === document.activeElement];
    if (!sent.has(name) || !(focused || sent.get(name) !== current(field))) continue;
    late.push({ field, name, focused, was: sent.get(name), value: current(field), at: focused && !isToggle(field) ? field.selectionStart : null });
  }
});
document.addEventListener("htmx:afterSwap", ({ detail: { requestConfig } }) => {
  const { late, before } = onItsWay.get(requestConfig) ?? {};
  onItsWay.delete(requestConfig);
  for (const { field, name, focused, was, value, at } of late ?? []) {
    if (field.isConnected) {
      if (focused) inFocus.set(requestConfig, { field, before });
      continue;
    }
    const made = fields().find((one) => nameOf(one) === name);
    if (!made || current(made) !== was) continue;
    if (isToggle(made)) made.checked = value;
    else made.value = value;
    if (value !== was) made.dispatchEvent(new Event("input", { bubbles: true }));
    if (value !== was && !isKeptHere(made)) unsent.set(requestConfig, made);
    if (!focused) continue;
    made.focus({ preventScroll: true });
    if (at != null && made.selectionStart != null) made.setSelectionRange(at, at);
    inFocus.set(requestConfig, { field: made, before });
  }
});

// What the answer itself would have focused comes after the swap, and what sends as one types listens only then.
document.addEventListener("htmx:afterSettle", ({ detail: { requestConfig } }) => {
  const { field, before } = inFocus.get(requestConfig) ?? {};
  const now = document.activeElement;
  // Who goes through a form that is made anew as they type stays where they are, and who went on meanwhile is not called back.
  const isTaken = now === document.body || now.autofocus || (field && isKeptHere(field) && !before.has(now));
  if (field && isTaken) field.focus({ preventScroll: true });
  unsent.get(requestConfig)?.dispatchEvent(new Event("input", { bubbles: true }));
  unsent.delete(requestConfig);
});

// What another page was sent is kept until the next page shows that it was taken.
const [arrival] = performance.getEntriesByType("navigation");
const sentFrom = sessionStorage.getItem(SENT);
if (sentFrom && arrival?.type !== "back_forward" && !(arrival?.responseStatus >= 400)) forget([sentFrom]);
sessionStorage.removeItem(SENT);
restore();

// Leaving ---------------------------------------------------------------------------------------------------------------

let leaving = false;
let submitted = null;

function isChanged(field) {
  if (!field.name || field.form?.method !== "post" || field.form === submitted || field.type === "hidden") return false;
  return field.type === "file" ? field.files.length > 0 : current(field) !== initial(field);
}

const typing = () => [...document.querySelectorAll("input, textarea, select")].some(isChanged);

addEventListener("beforeunload", (event) => {
  if (leaving || !typing()) return;
  event.preventDefault();
  event.returnValue = true;
});
addEventListener("pageshow", () => (submitted = null));

// A form that leaves the page is sent when it is known that it can be, for who is signed in is asked first; and once, however
// often its button is pressed.
const STUCK_MS = 5000; // whoever stopped the page may press again
let known = null;
document.addEventListener("submit", async (event) => {
  const { target: form, submitter } = event;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form === known) return;
  if (form.getAttribute("action") === "/sign-out") addEventListener("pagehide", leave);
  const byHtmx = form.closest("[hx-post]") || submitter?.closest("[hx-post]");
  if (byHtmx) return;
  if (form === submitted) return event.preventDefault();
  const asks = !form.matches("[action='/sign-out']") && [...form.elements].some((field) => isChanged(field));
  submitted = form;
  setTimeout(() => submitted === form && (submitted = null), STUCK_MS);
  if (!asks) return;
  event.preventDefault();
  const mine = await isStillMe();
  // What was made anew meanwhile is not what was pressed: it has to be seen first.
  if (!mine || (submitter && submitter.form !== form)) {
    submitted = null;
    return mine ? undefined : over({ form, submitter });
  }
  sessionStorage.setItem(SENT, location.pathname);
  known = form;
  form.requestSubmit(submitter);
  known = null;
});

// A session that ended ------------------------------------------------------------------------------------------------

let ended = false;
let pending = null; // what was to be sent
let looking;

async function whoAmI() {
  try {
    const answer = await fetch("/session", { headers: { Accept: "application/json" } });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

// Whether who opened the page is signed in; its forms have a fresh token then.
async function isStillMe() {
  const now = await whoAmI();
  if (now === null) return true; // the server cannot be asked: sending tells what is wrong
  if (now.user !== user) return false;
  for (const token of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) token.value = now.token;
  return true;
}

function over(sent) {
  if (!sent && !typing()) {
    leaving = true;
    return location.reload(); // to the sign-in page, and back
  }
  ended = true;
  pending = sent ?? pending;
  clearInterval(looking);
  looking = setInterval(look, 5000);
  look();
}

async function look() {
  if (!ended) return;
  const now = await whoAmI();
  if (now === null || !ended) return;
  if (now.user === user) return back();
  const me = frame.dataset.name;
  const words = now.user ? fill(said.other_person, { name: me, other: now.name }) : said.signed_out;
  const link = document.createElement("a");
  Object.assign(link, { className: "button", href: "/sign-in?next=/inbox", target: "_blank", rel: "opener", textContent: said.sign_in });
  tell("session", "amber", words, now.user ? [] : [link]);
}

async function back() {
  if (!(await isStillMe())) return;
  ended = false;
  clearInterval(looking);
  document.dispatchEvent(new Event("session:back"));
  const sent = pending;
  pending = null;
  if (!sent) return untell("session");
  const again = button(said.send_again, () => {
    untell("session");
    send(sent);
  });
  tell("session", "green", said.signed_in_again, [again, button(said.dismiss, () => untell("session"))]);
}

// As a press does: what is sent says which button it was.
function send({ form, submitter }) {
  if (submitter) submitter.click();
  else form.requestSubmit();
}

for (const kind of ["focus", "visibilitychange"]) addEventListener(kind, () => !document.hidden && look());
document.addEventListener("session:over", () => over());

// While it is over nothing is sent.
document.addEventListener(
  "submit",
  (event) => {
    if (!ended) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    pending = { form: event.target, submitter: event.submitter };
    look();
  },
  true,
);

// A token that is out of date, or nobody who is signed in: with the same person it is sent once more, with a fresh token.
const tried = new WeakSet();
document.addEventListener("htmx:responseError", async ({ detail: { xhr, elt, requestConfig } }) => {
  if (!xhr.getResponseHeader("AXME-Refused")) return;
  if (requestConfig.verb === "get") return over();
  const sent = elt.matches("form") ? { form: elt, submitter: requestConfig.triggeringEvent?.submitter } : { submitter: elt };
  if (tried.has(elt) || !(await isStillMe())) return over(sent);
  tried.add(elt);
  send(sent);
});
document.addEventListener("htmx:afterRequest", ({ detail: { elt, successful } }) => successful && tried.delete(elt));

// Lines on top of the page ------------------------------------------------------------------------------------------------

function button(words, act) {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", className: "button", textContent: words, onclick: act });
  made.dataset.size = "small";
  return made;
}

function tell(name, tone, words, actions) {
  const line = document.getElementById(`tell-${name}`) ?? document.createElement("div");
  if (line.dataset.words === words) return;
  line.id = `tell-${name}`;
  line.className = "notice told-on-top";
  line.dataset.tone = tone;
  line.dataset.words = words;
  line.setAttribute("role", tone === "amber" ? "alert" : "status");
  const text = document.createElement("p");
  text.textContent = words;
  line.replaceChildren(text, ...actions);
  // A dialog that is open covers all else.
  (document.querySelector("dialog:modal") ?? document.body).append(line);
}

const untell = (name) => document.getElementById(`tell-${name}`)?.remove();
