// The timeline is drawn by the server and moved by links; this adds dragging over the strip to look closer.
// A drag only builds the same address a link would have had.
const DRAG = 4;

function dress(strip) {
  if (strip.dataset.live !== undefined) return;
  strip.dataset.live = "";
  const drawing = strip.querySelector("svg");
  const brush = drawing.querySelector(".timeline__brush");
  const from = Date.parse(strip.dataset.from);
  const to = Date.parse(strip.dataset.to);
  let started = null;

  const at = (event) => {
    const box = drawing.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  };
  const moment = (share) => new Date(from + share * (to - from)).toISOString();

  drawing.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    started = { share: at(event), x: event.clientX };
    drawing.setPointerCapture(event.pointerId);
  });
  drawing.addEventListener("pointermove", (event) => {
    if (!started) return;
    const [left, right] = [started.share, at(event)].sort((a, b) => a - b);
    brush.setAttribute("x", `${left * 100}%`);
    brush.setAttribute("width", `${(right - left) * 100}%`);
  });
  drawing.addEventListener("pointerup", (event) => {
    if (!started) return;
    const begun = started;
    started = null;
    let [left, right] = [begun.share, at(event)].sort((a, b) => a - b);
    if (Math.abs(event.clientX - begun.x) < DRAG) {
      // A click looks at a tenth of the whole, around where it fell.
      [left, right] = [Math.max(0, left - 0.05), Math.min(1, right + 0.05)];
    }
    const address = new URL(strip.dataset.url, location.href);
    address.searchParams.set("from", moment(left));
    address.searchParams.set("to", moment(right));
    go(address);
  });
  drawing.addEventListener("pointercancel", () => {
    started = null;
    brush.setAttribute("width", "0");
  });
}

function go(address) {
  const part = document.getElementById("happened");
  if (!window.htmx || !part) return location.assign(address);
  window.htmx.ajax("GET", address.pathname + address.search, { target: "#happened", swap: "outerHTML" });
  history.replaceState(history.state, "", address);
}

const all = () => document.querySelectorAll("[data-strip]").forEach(dress);
document.addEventListener("htmx:afterSettle", all);
all();
