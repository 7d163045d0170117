// The form of a scenario. It works without this file: by key steps are moved and removed, and what is folded out stays so.

const KEYS = { ArrowUp: "up", ArrowDown: "down", Delete: "remove" };

document.addEventListener("keydown", (event) => {
  const row = event.altKey && KEYS[event.key] && event.target.closest("[data-row]");
  const button = row && row.querySelector(`[data-does="${KEYS[event.key]}"]:not(:disabled)`);
  if (!button) return;
  event.preventDefault();
  button.click();
});

let open = [];
document.addEventListener("htmx:beforeSwap", () => {
  open = [...document.querySelectorAll("#scenario details[open]")].map((one) => one.id);
});
document.addEventListener("htmx:afterSwap", () => {
  for (const id of open) {
    const same = id && document.getElementById(id);
    if (same) same.open = true;
  }
});

// What is typed is sent again and again, and may arrive in another order: each says how manieth it is.
let turn = Date.now();
const numbered = (name) => `${name.split(".")[0]}.${(turn += 1)}`;
document.addEventListener("htmx:configRequest", ({ detail }) => {
  const name = detail.parameters.window;
  if (typeof name === "string") detail.parameters.window = numbered(name);
});
document.addEventListener("submit", ({ target }) => {
  const field = target.id === "scenario-form" && target.elements.namedItem("window");
  if (field) field.value = numbered(field.value);
});
