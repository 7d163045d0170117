// The theme of the API's page: the person's own, or that of the system, also when it changes.

const page = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");
const follow = () => page.classList.toggle("dark-mode", page.dataset.theme ? page.dataset.theme === "dark" : system.matches);
follow();
system.addEventListener("change", follow);
