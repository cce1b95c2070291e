// The search box: its results stand open while it has any; arrows move through them, Escape shuts.

export function finder(root) {
  const form = root.querySelector("[data-finder]");
  if (!form) return;
  const input = form.querySelector("input"), box = form.querySelector(".found");
  const hits = () => [...box.querySelectorAll("[data-hit]")];
  const show = (open) => {
    box.hidden = !open;
    input.setAttribute("aria-expanded", String(open));
  };

  box.addEventListener("htmx:after:swap", () => show(input.value.trim() !== "" && box.childElementCount > 0));
  input.addEventListener("input", () => { if (!input.value.trim()) show(false); });
  input.addEventListener("focus", () => show(input.value.trim() !== "" && box.childElementCount > 0));
  root.addEventListener("click", (event) => { if (!form.contains(event.target)) show(false); });
  form.addEventListener("submit", (event) => {
    const first = hits()[0];
    if (box.hidden || !first) return;
    event.preventDefault();
    first.click();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { show(false); input.focus(); return; }
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by || box.hidden) return;
    const rows = hits(), here = rows.indexOf(root.activeElement);
    event.preventDefault();
    event.stopPropagation();
    (here + by < 0 ? input : rows[Math.min(here + by, rows.length - 1)])?.focus();
  });
}
