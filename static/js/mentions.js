// An @ in a comment offers whom it can name. Without this file names are typed.

const said = JSON.parse(document.getElementById("script-words").textContent);
const MOST = 6;
const known = new Map(); // by address: the people, once they were asked for
let field = null;
let list = null;
let shown = [];
let current = 0;

// What is being typed of a name before the caret, with where it begins.
function typed(one) {
  const before = one.value.slice(0, one.selectionStart);
  const found = /(^|[\s(])@([\w.+-]*)$/.exec(before);
  return found && one.selectionStart === one.selectionEnd ? { text: found[2].toLowerCase(), from: before.length - found[2].length } : null;
}

function close() {
  list?.remove();
  field?.removeAttribute("aria-activedescendant");
  field?.removeAttribute("aria-controls");
  field = list = null;
  shown = [];
}

async function people(url) {
  if (!known.has(url)) {
    const answer = await fetch(url).catch(() => null);
    if (!answer?.ok || !answer.headers.get("Content-Type")?.startsWith("application/json")) return [];
    known.set(url, (await answer.json()).people);
  }
  return known.get(url);
}

const fits = ({ handle, name }, text) => handle.toLowerCase().startsWith(text) || name.toLowerCase().split(/\s+/).some((part) => part.startsWith(text));

function show(one, found) {
  if (field !== one) close();
  if (!found.length) return close();
  field = one;
  shown = found;
  current = Math.min(current, found.length - 1);
  if (!list) {
    list = Object.assign(document.createElement("ul"), { id: "mentions", className: "mentions" });
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", said.people);
    one.after(list);
    one.setAttribute("aria-controls", "mentions");
    one.setAttribute("aria-autocomplete", "list");
  }
  list.replaceChildren(
    ...found.map(({ handle, name }, place) => {
      const line = Object.assign(document.createElement("li"), { id: `mention-${place}` });
      line.setAttribute("role", "option");
      line.setAttribute("aria-selected", String(place === current));
      line.append(Object.assign(document.createElement("span"), { textContent: name }));
      line.append(Object.assign(document.createElement("span"), { textContent: `@${handle}`, className: "muted small" }));
      return line;
    }),
  );
  one.setAttribute("aria-activedescendant", `mention-${current}`);
}

async function look(one) {
  const asked = typed(one);
  if (!asked) return field === one ? close() : undefined;
  const all = await people(one.dataset.mentions);
  const now = typed(one); // more was typed meanwhile
  if (now && document.activeElement === one) show(one, all.filter((person) => fits(person, now.text)).slice(0, MOST));
}

function choose(place) {
  const one = field;
  const { from, text } = typed(one) ?? {};
  if (from === undefined) return close();
  one.setRangeText(`${shown[place].handle} `, from, from + text.length, "end");
  close();
  one.focus();
  one.dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("input", ({ target }) => {
  if (!target.matches?.("[data-mentions]")) return;
  current = 0;
  look(target);
});
document.addEventListener(
  "keydown",
  (event) => {
    if (!field || event.target !== field || event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      current = (current + step + shown.length) % shown.length;
      show(field, shown);
    } else if ((event.key === "Enter" && !event.ctrlKey && !event.metaKey) || event.key === "Tab") choose(current);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  },
  true,
);
document.addEventListener("mousedown", (event) => {
  const line = event.target.closest?.("#mentions > li");
  if (!line) return;
  event.preventDefault(); // the field keeps the focus
  choose([...line.parentElement.children].indexOf(line));
});
document.addEventListener("focusout", ({ target }) => target === field && close());
