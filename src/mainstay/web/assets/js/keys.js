// Keys: / search, F filter, ? help, arrows and Enter in the list. Off while someone types.

export function keys(root) {
  root.addEventListener("keydown", (event) => {
    if (event.metaKey || event.altKey) return;
    if (event.ctrlKey && event.key.toLowerCase() !== "k") return;
    const typing = event.target.matches("input, select, textarea, [contenteditable]");
    if (event.key === "Escape" && typing) event.target.blur();
    if (event.key === "ArrowDown" && event.target.matches("[data-filter]")) return step(event, root, 1);
    if (typing && !event.ctrlKey) return;
    switch (event.key.toLowerCase()) {
      case "/": case "k": return focus(event, root.querySelector("[data-search]"), event.key === "/" || event.ctrlKey);
      case "f": return focus(event, root.querySelector("[data-filter]"), true);
      case "?": return root.querySelector("[data-help]")?.click();
      case "arrowdown": return step(event, root, 1);
      case "arrowup": return step(event, root, -1);
    }
  });
}

function focus(event, input, wanted) {
  if (!input || !wanted) return;
  event.preventDefault();
  input.focus();
  input.select();
}

function step(event, root, by) {
  const rows = [...root.querySelectorAll("[data-list] tbody tr a")];
  if (!rows.length) return;
  const here = rows.indexOf(root.activeElement);
  const next = rows[here < 0 ? 0 : Math.min(Math.max(here + by, 0), rows.length - 1)];
  event.preventDefault();
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}
