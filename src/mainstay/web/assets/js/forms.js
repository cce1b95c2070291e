// Selects that act at once where htmx does not already take the change.

export function forms(root) {
  root.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-submit-on-change]");
    if (form) form.requestSubmit();
  });
}
