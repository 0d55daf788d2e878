// Somebody asked to be reminded of a break. How long they have worked is known to this browser alone: it is not sent.
// Work begins with the first key or touch after a pause; five minutes without any are a pause.
const STORE = "reviewapp.work";
const MINUTE = 60_000;
const PAUSE = 5 * MINUTE;
// What is written at most so often, and looked at as often.
const OFTEN = 15_000;
const face = document.querySelector("[data-break-after][hidden]");
const after = Number(face?.dataset.breakAfter) * MINUTE;
let known = null;

function read() {
  try {
    return JSON.parse(localStorage.getItem(STORE)) ?? known;
  } catch {
    return known;
  }
}

function write(work) {
  known = work;
  try {
    localStorage.setItem(STORE, JSON.stringify(work));
  } catch {
    // A browser that keeps nothing counts for as long as this page is open.
  }
}

function worked() {
  const now = Date.now();
  const work = read();
  if (!work || now - work.last > PAUSE || work.last > now) write({ begun: now, last: now });
  else if (now - work.last > OFTEN) write({ ...work, last: now });
  look();
}

function look() {
  const work = read();
  if (!work || !face.hidden || work.last - work.begun < after) return;
  const minutes = Math.floor((work.last - work.begun) / MINUTE);
  face.querySelector("[data-break-minutes]").textContent = minutes;
  face.hidden = false;
  const announcer = document.getElementById("announcer");
  if (announcer) announcer.textContent = face.querySelector("p").textContent;
}

function close() {
  const held = face.contains(document.activeElement);
  face.hidden = true;
  // It asks again after as long, unless there is a pause before.
  write({ begun: Date.now(), last: Date.now() });
  if (held) document.getElementById("main")?.focus({ preventScroll: true });
}

if (face) {
  face.querySelector("[data-break-close]").addEventListener("click", close);
  for (const sign of ["keydown", "pointerdown", "wheel"]) addEventListener(sign, worked, { passive: true });
  worked();
}
