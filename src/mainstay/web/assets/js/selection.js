// Rows that are ticked: how many, all shown, a stretch with Shift; the bar of acts stands while any is.

export function selection(root) {
  let last = null;
  const form = () => root.querySelector("[data-selection]");
  const ticks = () => [...root.querySelectorAll("[data-tick]")];

  const tell = () => {
    const bar = root.querySelector("[data-act]"), count = ticks().filter((tick) => tick.checked).length;
    if (!bar) return;
    bar.hidden = count === 0;
    const told = bar.querySelector("[data-ticked]");
    told.textContent = told.dataset.ticked.replace("{}", String(count));
  };

  root.addEventListener("click", (event) => {
    const tick = event.target.closest("[data-tick]");
    if (tick) {
      const all = ticks();
      if (event.shiftKey && last && all.includes(last)) {
        const [from, to] = [all.indexOf(last), all.indexOf(tick)].sort((a, b) => a - b);
        all.slice(from, to + 1).forEach((one) => { one.checked = tick.checked; });
      }
      last = tick;
    }
    if (event.target.closest("[data-untick]")) ticks().forEach((one) => { one.checked = false; });
    if (event.target.matches("[data-tick-all]")) ticks().forEach((one) => { one.checked = event.target.checked; });
    if (form()?.contains(event.target)) tell();
  });
  root.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "x" || event.ctrlKey || event.metaKey || event.altKey) return;
    const tick = event.target.closest("tr")?.querySelector("[data-tick]");
    if (tick && !event.target.matches("input, select, textarea")) tick.click();
  });
}
