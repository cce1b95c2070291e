// Files dropped on a field go into it, which shows their name; while they travel the button says so.

export function uploads(root) {
  root.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button?.dataset.busy) return;
    button.textContent = button.dataset.busy;
    button.setAttribute("aria-disabled", "true");
  });
  for (const area of root.querySelectorAll("[data-drop]")) {
    const input = area.querySelector("input[type=file]");
    const over = (event) => { event.preventDefault(); area.classList.add("over"); };
    const out = () => area.classList.remove("over");
    area.addEventListener("dragenter", over);
    area.addEventListener("dragover", over);
    area.addEventListener("dragleave", out);
    area.addEventListener("drop", (event) => {
      event.preventDefault();
      out();
      if (event.dataTransfer.files.length) input.files = event.dataTransfer.files;
    });
  }
}
