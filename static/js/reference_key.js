// A key that somebody who is signed in brings along stands in the examples, which run as they are then. It is kept in this tab
// alone, for that person, and sent nowhere.

const KEPT = "reference-key";
const KEY = /^axme_(sa|pat)_\w+$/;
const part = document.getElementById("your-key");
const field = document.getElementById("key");
const written = new Map([...document.querySelectorAll("[data-tab] code, [data-fills] code")].map((one) => [one, one.textContent]));

function kept() {
  try {
    const found = JSON.parse(sessionStorage.getItem(KEPT));
    if (part && found?.user === part.dataset.user && KEY.test(found.key)) return found.key;
  } catch {
    // What is no key of ours is none.
  }
  sessionStorage.removeItem(KEPT);
  return "";
}

// By the names that the examples have them under, in a shell, in Python and in TypeScript.
function filled(text, name, value) {
  const literal = () => JSON.stringify(value);
  return text
    .replaceAll(`os.environ["${name}"]`, literal)
    .replace(new RegExp(`process\\.env\\.${name}\\b!?`, "g"), literal)
    .replace(new RegExp(`(export ${name}=)\\S+`, "g"), (_, before) => before + value)
    .replaceAll(`$${name}`, () => value);
}

function show(key) {
  const name = key.startsWith("axme_pat_") ? "AXME_ACTOR_TOKEN" : "AXME_API_KEY";
  for (const [code, text] of written) {
    code.textContent = key ? filled(filled(text, name, key), "AXME_BASE_URL", location.origin) : text;
  }
}

// As well when the browser shows the page again as it was, after somebody signed out.
function begin(again) {
  const before = kept();
  if (field) field.value = before;
  if (before || again) show(before);
}

begin(false);
addEventListener("pageshow", ({ persisted }) => persisted && begin(true));
if (part) {
  part.hidden = false;
  field.addEventListener("input", () => {
    const key = field.value.trim();
    const fits = KEY.test(key);
    field.setAttribute("aria-invalid", String(Boolean(key) && !fits));
    document.getElementById("key-wrong").hidden = !key || fits;
    if (fits) sessionStorage.setItem(KEPT, JSON.stringify({ user: part.dataset.user, key }));
    else sessionStorage.removeItem(KEPT);
    show(fits ? key : "");
  });
}
