// What is selected in the list: the box of a row, Shift for all between two, and what they come to. Without this file the boxes
// are sent as they are.

const said = JSON.parse(document.getElementById("script-words").textContent);
const fill = (words, parts) => words.replace(/%\((\w+)\)s/g, (whole, name) => parts[name]);
const rows = document.getElementById("rows");
const bar = document.getElementById("selection-bar");
const boxes = () => [...rows.querySelectorAll(".pick input:not([data-alike])")];
const folds = () => [...rows.querySelectorAll(".pick [data-alike]")];
const within = (fold) => [...fold.closest("li").querySelectorAll("ul .pick input")];
const RISKY = ["high", "critical"];
const DECIMALS = 12;
let last = null;

// Amounts are added up as whole numbers of the smallest part that any may have: no cent is lost.
function exact(text) {
  const [whole, part = ""] = text.replace("-", "").split(".");
  const value = BigInt(whole + part.padEnd(DECIMALS, "0"));
  return text.startsWith("-") ? -value : value;
}

function digits(currency) {
  try {
    return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits;
  } catch {
    return 2;
  }
}

function money(value, currency) {
  const text = String(value < 0n ? -value : value).padStart(DECIMALS + 1, "0");
  const whole = text.slice(0, -DECIMALS).replace(/\B(?=(\d{3})+$)/g, ",");
  const part = text.slice(-DECIMALS).replace(/0+$/, "").padEnd(digits(currency), "0");
  return `${value < 0n ? "−" : ""}${whole}${part ? `.${part}` : ""} ${currency}`;
}

// The box of a fold stands for those in it: they are sent one by one.
function foldIn() {
  for (const fold of folds()) {
    fold.name = "";
    const chosen = within(fold).filter((one) => one.checked).length;
    fold.checked = chosen > 0 && chosen === within(fold).length;
    fold.indeterminate = chosen > 0 && !fold.checked;
  }
}

function tell() {
  if (!bar) return;
  foldIn();
  const chosen = boxes().filter((one) => one.checked);
  const calm = chosen.filter((one) => !RISKY.includes(one.dataset.risk));
  const kinds = new Map();
  for (const { dataset } of calm) kinds.set(dataset.kind, (kinds.get(dataset.kind) ?? 0) + 1);
  const [kind] = [...kinds].reduce((most, one) => (one[1] > most[1] ? one : most), ["", 0]);
  const able = calm.filter((one) => one.dataset.kind === kind);
  const sums = new Map();
  for (const { dataset } of able) {
    if (dataset.amount) sums.set(dataset.currency, (sums.get(dataset.currency) ?? 0n) + exact(dataset.amount));
  }
  const parts = [fill(said.selected, { number: chosen.length })];
  const added = [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([currency, value]) => money(value, currency));
  const isolated = document.dir === "rtl" ? added.map((sum) => `\u2066${sum}\u2069`) : added;
  if (added.length) parts.push(isolated.join(" + "));
  if (calm.length < chosen.length) parts.push(fill(said.risky_left_out, { number: chosen.length - calm.length }));
  if (able.length < calm.length) parts.push(fill(said.others_left_out, { number: calm.length - able.length }));
  const beyond = bar.querySelector("[name=all]")?.checked && rows.querySelector("li.more"); // more than is known here
  if (beyond) parts.splice(0, parts.length, bar.querySelector("label:has([name=all])").textContent.trim());
  const words = parts.join(" · ");
  const told = document.getElementById("selected-count");
  if (told.textContent !== words) told.textContent = words;
  // Of risky ones alone nothing is decided together: that is said here, and no page is opened to say it.
  const none = chosen.length > 0 && !able.length && !beyond;
  const why = document.getElementById("why-not-together");
  if (!bar.dataset.stopped) {
    why.hidden = !none;
    for (const one of bar.querySelectorAll("[data-together]")) {
      one.disabled = none;
      if (none) one.setAttribute("aria-describedby", why.id);
      else one.removeAttribute("aria-describedby");
    }
  }
  for (const one of bar.querySelectorAll("[data-selected]")) one.textContent = able.length && !beyond ? ` ${able.length}` : "";
}

rows?.addEventListener("click", (event) => {
  const box = event.target.closest?.(".pick input");
  if (!box) return;
  if (box.matches("[data-alike]")) {
    for (const one of within(box)) one.checked = box.checked;
    if (!box.checked) for (const every of bar?.querySelectorAll("[name=all]") ?? []) every.checked = false;
    return tell();
  }
  const all = boxes();
  if (event.shiftKey && last && all.includes(last)) {
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
    for (const one of all.slice(from, to + 1)) one.checked = box.checked;
  }
  last = box;
  const every = bar?.querySelector("[name=all]");
  if (every && !box.checked) every.checked = false;
  tell();
});
rows?.addEventListener("change", tell);
bar?.addEventListener("change", ({ target }) => {
  if (target.name === "all") for (const one of boxes()) one.checked = target.checked;
  tell();
});
document.getElementById("selection")?.addEventListener("reset", () => setTimeout(tell));
if (rows) new MutationObserver(tell).observe(rows, { childList: true, subtree: true });

// Escape ends what is selected; in the search field, the search; in a comment, the typing: what was typed stays, and keys act.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open], details.menu[open]")) return;
  const search = event.target.closest?.(".find input[type=search]");
  if (event.target.matches?.("#detail textarea")) {
    if (!event.isComposing) event.target.blur();
  } else if (search) {
    if (search.defaultValue && rows) location.assign(`${location.pathname.replace(/\/[0-9a-f-]{36}$/, "")}?view=${rows.dataset.view}`);
    else search.blur();
  } else if (rows && boxes().some((one) => one.checked)) {
    for (const one of boxes()) one.checked = false;
    tell();
  }
});
tell();
