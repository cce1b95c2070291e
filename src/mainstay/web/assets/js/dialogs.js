// Dialogs: a link opens one over the page; without scripts it leads to the page with it open.

export function dialogs(root) {
  root.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    const dialog = opener && root.getElementById(opener.dataset.dialog);
    if (dialog) {
      event.preventDefault();
      show(dialog);
      return;
    }
    const closer = event.target.closest("[data-close]");
    const open = closer?.closest("dialog");
    if (open) {
      event.preventDefault();
      open.close();
    }
  });
  for (const dialog of root.querySelectorAll("dialog[open]")) {
    dialog.close();
    show(dialog);
  }
}

function show(dialog) {
  dialog.showModal();
  dialog.querySelector("textarea, input:not([type=hidden])")?.focus();
}
