// Rows of a list by keys: to the next and the one before, chosen and not. The box that is ticked is the truth; what
// is counted here is read off the boxes, so that a page that was left and come back to is counted right.
const list = () => [...document.querySelectorAll("[data-row]")];
const boxes = () => [...document.querySelectorAll("[data-row] input[type=checkbox]")];
const here = () => document.activeElement?.closest("[data-row]");

// Where a row leads is what of it takes the focus; one that leads nowhere takes it itself.
const focus = (row) => (row?.querySelector("th a") ?? row)?.focus();

function step(by) {
  const rows = list();
  const at = rows.indexOf(here());
  focus(rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + by, 0), rows.length - 1)]);
}

function tick() {
  const row = here() ?? list()[0];
  focus(row);
  const box = row?.querySelector("input[type=checkbox]");
  if (box) box.click();
  else announce("This row can't be chosen.");
}

function all(on) {
  for (const box of boxes()) box.checked = on;
  count();
}

const acts = {
  next: () => step(1),
  previous: () => step(-1),
  tick,
  all: () => all(boxes().some((box) => !box.checked)),
};

function announce(words) {
  const announcer = document.getElementById("announcer");
  if (announcer) announcer.textContent = words;
}

// Without a script the bar is always there; with one it is there when something is chosen.
// Rows that are ticked for a form of their own are counted where that form is.
function count(silently) {
  if (!document.querySelector("[data-selection], [data-rows-said]")) return;
  const chosen = boxes().filter((box) => box.checked).length;
  for (const bar of document.querySelectorAll("[data-selection]")) {
    bar.hidden = chosen === 0;
    bar.querySelector("[data-selection-count]").textContent = chosen;
  }
  const said = document.querySelector("[data-rows-said]")?.dataset.rowsSaid ?? "chosen";
  if (silently !== true) announce(`${chosen || "None"} ${said}`);
}

function dress() {
  for (const keys of document.querySelectorAll("[data-rows-keys]")) keys.hidden = false;
  count(true);
}

document.addEventListener("click", (event) => {
  const does = event.target.closest?.("[data-rows]");
  if (does) acts[does.dataset.rows]();
  if (event.target.closest?.("[data-selection-clear]")) {
    event.preventDefault();
    all(false);
    focus(list()[0]);
  }
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-row] input[type=checkbox]")) count();
});
document.addEventListener("htmx:afterSettle", dress);
addEventListener("pageshow", dress);
dress();
