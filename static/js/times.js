// Times are drawn as dates; this shows them as how long ago, and back, for the whole page.
const STORE = "reviewapp.times";
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const UNITS = [
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

let ago = false;
try {
  ago = localStorage.getItem(STORE) === "ago";
} catch {
  // Without storage, dates.
}

function words(iso) {
  const seconds = (Date.parse(iso) - Date.now()) / 1000;
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? UNITS.at(-1);
  return relative.format(Math.round(seconds / size), unit);
}

function draw(scope = document) {
  for (const time of scope.querySelectorAll("time[data-time]")) {
    time.dataset.date ??= time.textContent;
    time.title ||= time.dataset.date;
    time.textContent = ago ? words(time.dateTime) : time.dataset.date;
  }
  for (const state of document.querySelectorAll("[data-times-state]")) {
    state.textContent = ago ? "as how long ago" : "as dates";
  }
}

for (const button of document.querySelectorAll("[data-times-toggle]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    ago = !ago;
    try {
      localStorage.setItem(STORE, ago ? "ago" : "date");
    } catch {
      // It holds for this page.
    }
    draw();
  });
}

document.addEventListener("htmx:afterSettle", (event) => draw(event.target));
if (ago) draw();
setInterval(() => ago && !document.hidden && draw(), 30_000);
