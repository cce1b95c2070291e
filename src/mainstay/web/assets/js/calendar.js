// A year of days is one stop for the Tab key; arrows go by day and week, Home and End by month.

const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

export function calendar(root) {
  for (const year of root.querySelectorAll("[data-calendar]")) {
    const days = [...year.querySelectorAll("a[data-day]")];
    if (!days.length) continue;
    for (const day of days) day.tabIndex = -1;
    const first = year.querySelector(".chosen a") ?? year.querySelector("[aria-current]") ?? days[0];
    first.tabIndex = 0;
    year.addEventListener("keydown", (event) => move(event, days));
  }
}

function move(event, days) {
  const here = days.indexOf(event.target);
  if (here < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
  const month = event.target.closest("table").querySelectorAll("a[data-day]");
  const next = event.key === "Home" ? month[0]
    : event.key === "End" ? month[month.length - 1]
    : days[here + STEPS[event.key]];
  if (!next) return;
  event.preventDefault();
  event.stopPropagation();
  event.target.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}
