// The bar of a task. A comment opens above the answers; who refuses, or has to say why, is asked in a sheet before anything is
// sent; and what an answer does, as its agent says, stands there while one points at it.

const detail = document.getElementById("detail");
const sheet = () => detail.querySelector("dialog.sheet");
const field = () => detail.querySelector(".field.comment");
const comment = () => field().querySelector("textarea");

// Which answer stands at first: the one that agrees.
function tellConsequence(outcome) {
  const all = [...detail.querySelectorAll(".consequences > [data-consequence]")];
  const told = all.find((one) => one.dataset.consequence === outcome) ?? all[0];
  for (const one of all) one.hidden = one !== told;
}

// As a page without JavaScript has it, the sheet stands open in the bar.
function settle() {
  const one = sheet();
  if (one?.open && !one.matches(":modal")) one.close();
  tellConsequence();
}

function say(open) {
  const bar = detail.querySelector(".decide");
  bar.dataset.saying = open ? "all" : "";
  bar.querySelector("[data-say]").ariaExpanded = String(open);
  if (open) comment().focus();
}

function askWhy(button) {
  const one = sheet();
  for (const part of one.querySelectorAll("[data-of], [data-consequence]")) {
    part.hidden = (part.dataset.of ?? part.dataset.consequence) !== button.value;
  }
  const reasons = one.querySelector(".reasons");
  if (reasons) reasons.hidden = !button.matches("[data-refuses]");
  one.querySelector(".slot").append(field());
  one.showModal();
  const first = "needed" in one.dataset || !reasons || reasons.hidden ? comment() : reasons.querySelector("input");
  (matchMedia("(pointer: coarse)").matches ? one.querySelector("h2") : first).focus();
  detail.dispatchEvent(new Event("bar:grew"));
}

function start() {
  settle();
  new MutationObserver((changes) => {
    const added = changes.flatMap((change) => [...change.addedNodes]).filter((one) => one.nodeType === Node.ELEMENT_NODE);
    if (added.some((one) => one.matches(".decide") || one.querySelector(".decide"))) settle();
  }).observe(detail, { childList: true, subtree: true });

  document.addEventListener(
    "click",
    (event) => {
      const button = event.target.closest?.(".decide > .row [name=outcome]");
      const one = button && sheet();
      if (!one || !(button.matches("[data-refuses]") || ("needed" in one.dataset && !comment().value.trim()))) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      askWhy(button);
    },
    true,
  );

  detail.addEventListener("click", (event) => {
    const { target, detail: presses } = event;
    if (target.closest("[data-close-sheet]")) sheet().close();
    // By its key it opens, however often that is pressed.
    if (target.closest("[data-say]")) say(presses === 0 || detail.querySelector(".decide").dataset.saying !== "all");
    const ask = target.closest('a[href="#new-comment"]');
    if (!ask) return;
    event.preventDefault();
    ask.closest("details")?.removeAttribute("open");
    const composer = detail.querySelector("#new-comment");
    composer.scrollIntoView({ block: "center" });
    composer.focus({ preventScroll: true });
  });

  // What was written in the sheet stays when it is closed.
  detail.addEventListener(
    "close",
    ({ target }) => {
      if (!target.matches("dialog.sheet") || !target.contains(field())) return;
      detail.querySelector(".decide > .note").append(field());
      if (comment().value.trim()) detail.querySelector(".decide").dataset.saying = "all";
    },
    true,
  );

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !sheet()?.contains(event.target)) return;
    event.preventDefault();
    if (detail.dataset.seen === "yes") sheet().querySelector("[data-of]:not([hidden])").click();
    else if (!event.repeat) detail.dispatchEvent(new Event("key:too-soon"));
  });

  for (const kind of ["pointerover", "focusin"]) {
    detail.addEventListener(kind, ({ target }) => {
      const button = target.closest?.(".decide > .row [name=outcome]");
      if (button) tellConsequence(button.value);
    });
  }
}

if (detail) start();
