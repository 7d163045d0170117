// The time zone of the browser: sent along when somebody signs in for the first time, and offered where it differs from the
// one that times are shown in.

const here = Intl.DateTimeFormat().resolvedOptions().timeZone;

for (const field of document.querySelectorAll("input[data-zone-field]")) field.value = here;

// What the clocks of a zone show at a time: two names of one zone show the same.
const clocks = (zone, at) => at.toLocaleString("en", { timeZone: zone, dateStyle: "short", timeStyle: "short" });
const now = new Date();
const moments = [0, 91, 182, 273].map((days) => new Date(now.getTime() + days * 86400000));

const offer = document.getElementById("zone-offer");
const shown = offer?.dataset.zone;
const kept = `zone-kept:${shown}:${here}`;
if (shown && here && moments.some((at) => clocks(shown, at) !== clocks(here, at)) && !localStorage.getItem(kept)) {
  offer.querySelectorAll("[data-here]").forEach((place) => (place.textContent = here));
  offer.querySelector("input[name=time_zone]").value = here;
  offer.querySelector("input[name=next]").value = location.pathname + location.search;
  offer.querySelector("[data-keep]").addEventListener("click", () => {
    localStorage.setItem(kept, "1");
    offer.hidden = true;
  });
  offer.hidden = false;
}

// A list that fills the window has what this leaves of it.
const above = document.querySelector(".zone-offer:not([hidden])");
if (above) {
  new ResizeObserver(() => document.documentElement.style.setProperty("--offer", `${above.offsetHeight}px`)).observe(above);
}
