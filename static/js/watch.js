// Pages of operations: what is marked data-follow follows what happens, and charts are read by keys. All of it works without.

const EVERY_MS = 60000; // a signal may be lost

// Where an element stands in its part of the page, so that its successor there gets the focus.
function pathTo(element, root) {
  const path = [];
  for (let one = element; one !== root; one = one.parentElement) path.unshift([...one.parentElement.children].indexOf(one));
  return path;
}
const follow = (path, root) => path.reduce((one, place) => one?.children[place], root);

// A part as it is now, with what is open and scrolled in it as the reader left it.
function renew(part, fresh) {
  if (fresh.dataset.every) part.dataset.every = fresh.dataset.every;
  if (part.innerHTML === fresh.innerHTML) return;
  const focus = part.contains(document.activeElement) && document.activeElement !== part ? pathTo(document.activeElement, part) : null;
  const kept = focus && document.activeElement.matches("summary") ? document.activeElement.parentElement.dataset.keep : undefined;
  const open = new Set([...part.querySelectorAll("details[open][data-keep]")].map((one) => one.dataset.keep));
  const scrolled = [...part.querySelectorAll(".scroll")].map((one) => [one.scrollLeft, one.scrollTop]);
  part.replaceChildren(...fresh.childNodes);
  for (const one of part.querySelectorAll("details[data-keep]")) one.open = open.has(one.dataset.keep);
  [...part.querySelectorAll(".scroll")].forEach((one, place) => {
    if (scrolled[place]) [one.scrollLeft, one.scrollTop] = scrolled[place];
  });
  if (focus) {
    const same = kept && [...part.querySelectorAll("details[data-keep]")].find((one) => one.dataset.keep === kept);
    const next = same ? same.querySelector("summary") : follow(focus, part);
    if (next?.tabIndex === -1) rove(next);
    next?.focus({ preventScroll: true });
  }
}

const waiting = new Map();
let looking = false;
let again = false;
let held = false;

// A text that somebody has marked, to copy it, stays until they let go of it.
function isMarked(part) {
  const marked = getSelection();
  return !marked.isCollapsed && marked.containsNode(part, true);
}

// The server sends such a page what changes, as long as their socket is open.
const isTold = () => document.querySelector("[data-pushed]") && document.querySelector('#live > [data-tone="green"]');

async function look() {
  const parts = [...document.querySelectorAll("[data-follow]")];
  if (!parts.length || document.hidden || isTold()) return;
  if (looking) {
    again = true;
    return;
  }
  looking = true;
  waiting.clear(); // what comes is newer
  try {
    const answer = await fetch(location.href, { headers: { "HX-Request": "true" } });
    if (!answer.ok) return;
    const made = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of parts) {
      const fresh = made.getElementById(part.id);
      if (fresh && !fresh.dataset.every) delete part.dataset.every;
      if (isMarked(part)) held = true;
      else if (part.querySelector(":active")) again = true; // a button that is pressed just now stays until it is let go
      else if (fresh) renew(part, document.importNode(fresh, true));
    }
    document.dispatchEvent(new Event("watched:refreshed"));
  } catch {
    // It is looked at again by the next signal; whether the page is live is said by the rail.
  } finally {
    looking = false;
    if (again) {
      again = false;
      setTimeout(look, 300);
    }
  }
}

// What the server made for all who look at the same comes piece by piece, those alone that changed. What is marked or pressed just
// now waits until it is let go.
function take(pieces) {
  for (const [id, html] of pieces) {
    const part = document.getElementById(id);
    waiting.delete(id);
    if (!part) continue;
    if (isMarked(part) || part.querySelector(":active")) waiting.set(id, html);
    else renew(part, document.importNode(new DOMParser().parseFromString(html, "text/html").body, true));
  }
  document.dispatchEvent(new Event("watched:refreshed"));
}
const takeWaiting = () => waiting.size && take([...waiting]);
document.addEventListener("live:pieces", ({ detail }) => take(Object.entries(detail)));
for (const end of ["pointerup", "pointercancel", "keyup"]) document.addEventListener(end, () => setTimeout(takeWaiting, 300));

// What was refreshed is as it is now.
document.addEventListener("watched:refreshed", () => document.getElementById("as-of")?.remove());
document.addEventListener("live:operations", look);
document.addEventListener("visibilitychange", look);
document.addEventListener("selectionchange", () => {
  if (!getSelection().isCollapsed) return;
  takeWaiting();
  if (!held) return;
  held = false;
  look();
});
// What changes without a commit, as an agent that falls silent, is looked at every few seconds while somebody sees the page.
(function lookNowAndThen() {
  const seconds = document.querySelector("[data-every]")?.dataset.every;
  setTimeout(async () => {
    await look();
    lookNowAndThen();
  }, seconds ? seconds * 1000 : EVERY_MS);
})();

// Of the points of a chart one is reached by Tab; arrows lead on.
function rove(point) {
  for (const one of point.parentElement.children) one.tabIndex = one === point ? 0 : -1;
}
document.addEventListener("keydown", (event) => {
  const group = event.target.closest?.("[data-roving]");
  if (!group) return;
  const all = [...group.children];
  const here = all.indexOf(event.target);
  const next = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: all.length - 1 }[event.key];
  if (next === undefined || !all[next]) return;
  event.preventDefault();
  rove(all[next]);
  all[next].focus();
});
