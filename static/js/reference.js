// The reference: what is current in the list, finding a call, one language at a time, copying.

const place = document.querySelector(".reference").dataset.place;
const rail = document.querySelector(".reference-contents");
const links = [...rail.querySelectorAll("a[data-words]")];
const sections = [...rail.querySelectorAll("details[data-section]")];

// On a narrow window the list is behind its name.
const narrow = matchMedia("(width <= 860px)");
const lists = document.querySelectorAll(".reference-contents, .guide-contents");
const fold = () => lists.forEach((one) => (one.open = !narrow.matches));
narrow.addEventListener("change", fold);
fold();

const mark = () => {
  for (const link of rail.querySelectorAll("a")) {
    const here = link.dataset.place === place && !location.hash;
    const call = link.pathname === location.pathname && link.hash !== "" && link.hash === location.hash;
    if (here || call) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
};
const current = () => {
  for (const one of sections) one.open = one.dataset.section === place.split(" ")[0] || (place.startsWith("guide ") && one.dataset.section === "guides");
};
addEventListener("hashchange", mark);
mark();
current();

// Finding a call: each word has to be there.
const find = document.getElementById("find");
const found = document.getElementById("found");
find.hidden = false;
find.addEventListener("input", () => {
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const link of links) {
    const fits = words.every((word) => link.dataset.words.toLowerCase().includes(word));
    link.parentElement.hidden = !fits;
    count += fits;
  }
  found.textContent = words.length ? String(count) : "";
  if (!words.length) current();
  else for (const one of sections) {
    const some = [...one.querySelectorAll("a[data-words]")].some((link) => !link.parentElement.hidden);
    one.hidden = !some;
    one.open = some;
  }
  if (!words.length) for (const one of sections) one.hidden = false;
});
find.addEventListener("keydown", (event) => {
  if (event.key === "Enter") links.find((link) => !link.parentElement.hidden)?.click();
  if (event.key === "Escape") {
    find.value = "";
    find.dispatchEvent(new Event("input"));
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.target.matches("input, textarea")) return;
  event.preventDefault();
  rail.open = true;
  find.focus();
});

// One language at a time, the same everywhere, remembered.
const LANGUAGE = "reference-language";
const choose = (name) => {
  for (const group of document.querySelectorAll("[data-tabs]")) {
    for (const one of group.querySelectorAll("[data-tab]")) one.hidden = one.dataset.tab !== name;
  }
  for (const button of document.querySelectorAll("[role=tab]")) button.setAttribute("aria-selected", button.textContent === name);
};
for (const group of document.querySelectorAll("[data-tabs]")) {
  const samples = [...group.querySelectorAll("[data-tab]")];
  for (const sample of samples) {
    const head = sample.querySelector(".sample-name");
    const tabs = document.createElement("span");
    tabs.setAttribute("role", "tablist");
    head.replaceChildren(tabs);
    for (const other of samples) {
      const button = document.createElement("button");
      button.type = "button";
      button.setAttribute("role", "tab");
      button.textContent = other.dataset.tab;
      button.addEventListener("click", () => {
        localStorage.setItem(LANGUAGE, other.dataset.tab);
        const was = button.getBoundingClientRect().top;
        choose(other.dataset.tab);
        const now = [...group.querySelectorAll("[data-tab]:not([hidden]) [role=tab]")].find((one) => one.textContent === other.dataset.tab);
        now.focus({ preventScroll: true });
        scrollBy(0, now.getBoundingClientRect().top - was); // samples above have become longer or shorter
      });
      tabs.append(button);
    }
  }
}
choose(localStorage.getItem(LANGUAGE) || "curl");

const words = document.querySelector(".reference").dataset;
for (const sample of document.querySelectorAll(".sample")) {
  if (!navigator.clipboard) break;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "end";
  button.textContent = words.toCopy;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(sample.querySelector("code").textContent);
    button.textContent = words.after;
    setTimeout(() => (button.textContent = words.toCopy), 2000);
  });
  sample.querySelector(".sample-name").append(button);
}
