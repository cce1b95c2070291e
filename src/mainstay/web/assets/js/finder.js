// The search box: its results stand open while it has any; arrows move through them, Escape shuts.

export function finder(root) {
  const form = root.querySelector("[data-finder]");
  if (!form) return;
  const input = form.querySelector("input"), box = form.querySelector(".found");
  const hits = () => [...box.querySelectorAll("[data-hit]")];
  const asked = () => input.value.trim();
  const show = (open) => { box.hidden = !(open && asked() && box.childElementCount); };
  let found = "";

  input.addEventListener("htmx:after:swap", ({ detail }) => {
    found = new URL(detail.ctx.request.action, root.baseURI).searchParams.get("q").trim();
    show(true);
  });
  input.addEventListener("input", () => { if (!asked()) show(false); });
  input.addEventListener("focus", () => show(true));
  root.addEventListener("click", (event) => { if (!form.contains(event.target)) show(false); });
  form.addEventListener("submit", (event) => {
    const first = hits()[0];
    if (box.hidden || !first || found !== asked()) return; // to the page, which waits for the answer
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
