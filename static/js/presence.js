// Who else has the task open, and whether they write. The server forgets it by itself.

const said = JSON.parse(document.getElementById("script-words").textContent);
const fill = (words, parts) => words.replace(/%\((\w+)\)s/g, (whole, name) => parts[name]);
const MOST = 3;
const STILL_MS = 8000; // who has not typed for so long only looks
const place = () => document.getElementById("presence");
let rest;

function words({ name, doing }) {
  const known = { comment: said.writing_comment, reason: said.writing_reason };
  return fill(known[doing] ?? said.looking, { name });
}

document.addEventListener("live:presence", ({ detail: { task, people } }) => {
  const shown = place();
  if (!shown || shown.closest("[data-task]").dataset.task !== task) return;
  const parts = people.slice(0, MOST).map(words);
  if (people.length > MOST) parts.push(fill(said.more_looking, { number: people.length - MOST }));
  shown.textContent = parts.join(" · ");
});

function does(doing) {
  const shown = place();
  if (!shown || shown.dataset.doing === doing) return;
  shown.dataset.doing = doing;
  document.dispatchEvent(new Event("presence:changed"));
}

document.addEventListener("input", ({ target }) => {
  if (!target.matches?.(".task textarea")) return;
  clearTimeout(rest);
  does(target.closest("#comments") ? "comment" : "reason");
  rest = setTimeout(() => does("looking"), STILL_MS);
});
