// Files dropped on a field go into it; the name and size are shown by the field itself.

export function uploads(root) {
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
