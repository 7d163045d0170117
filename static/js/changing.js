// Opens the part of a page that a link leads to, and goes to its first field.

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-opens]");
  const part = link && document.querySelector(link.hash);
  if (!part) return;
  event.preventDefault();
  part.open = true;
  part.scrollIntoView({ block: "nearest" });
  part.querySelector("input:not([type=hidden]), select, textarea")?.focus();
});
