// Sliders beside the studio's number fields: each follows its field and leads it.

export function studio(root) {
  const follow = () => {
    for (const slider of root.querySelectorAll("[data-slides]")) {
      slider.value = root.getElementById(slider.dataset.slides)?.value ?? "";
      slider.hidden = false;
    }
    total(root);
  };
  root.addEventListener("input", (event) => {
    const field = event.target.dataset.slides && root.getElementById(event.target.dataset.slides);
    if (field) field.value = event.target.value;
    else if (event.target.closest("[data-studio]")) follow();
    total(root);
  });
  root.addEventListener("htmx:after:swap", follow);
  follow();
}

// The sum of a section's weights.
function total(root) {
  for (const sum of root.querySelectorAll("[data-total]")) {
    const weights = [...sum.closest("section").querySelectorAll("input[name$='.weight']")];
    sum.textContent = String(weights.reduce((all, one) => all + (Number(one.value) || 0), 0));
  }
}
