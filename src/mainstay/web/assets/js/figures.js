// Below a picture: its table, and the picture as a PNG file.

const PAINT = ["fill", "stroke", "stroke-width", "stroke-dasharray", "font-family", "font-size", "font-weight", "paint-order", "stroke-linejoin"];
const SCALE = 2;

export function figures(root) {
  root.addEventListener("click", (event) => {
    const table = event.target.closest("[data-show-table]");
    if (table) toggle(table);
    const png = event.target.closest("[data-save-png]");
    if (png) save(root.getElementById(png.dataset.savePng));
  });
}

function toggle(button) {
  const behind = button.closest("[data-figure]").querySelector("[data-table]");
  behind.hidden = !behind.hidden;
  button.setAttribute("aria-expanded", String(!behind.hidden));
}

// The drawing that is shown now, with the colours and type it has now written into it, because an
// image of an SVG sees no stylesheet. The title goes above it.
async function save(figure) {
  const shown = [...figure.querySelectorAll("svg.chart")].find((svg) => svg.getBoundingClientRect().width);
  if (!shown) return;
  const title = figure.querySelector("h2").textContent;
  const { width, height } = shown.viewBox.baseVal;
  const page = getComputedStyle(document.body);
  const drawing = shown.cloneNode(true);
  const originals = shown.querySelectorAll("*");
  drawing.querySelectorAll("*").forEach((element, index) => {
    const style = getComputedStyle(originals[index]);
    for (const name of PAINT) element.setAttribute(name, style.getPropertyValue(name));
    element.removeAttribute("class");
  });
  drawing.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(drawing))}`;
  await image.decode();

  const margin = 16, head = 36;
  const canvas = document.createElement("canvas");
  canvas.width = (width + 2 * margin) * SCALE;
  canvas.height = (height + 2 * margin + head) * SCALE;
  const context = canvas.getContext("2d");
  context.scale(SCALE, SCALE);
  context.fillStyle = page.backgroundColor;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = page.color;
  context.font = `600 14px ${page.fontFamily}`;
  context.fillText(title, margin, margin + 14, width);
  context.drawImage(image, margin, margin + head, width, height);
  canvas.toBlob((blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${figure.id}.png`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }, "image/png");
}
