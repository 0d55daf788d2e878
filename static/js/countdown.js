// What can still be undone says for how long, and stops saying so when it is over.
const WARN_AT = 10;
const announcer = document.getElementById("announcer");

function watch(toast) {
  toast.dataset.watched = "";
  const face = toast.querySelector("[data-countdown]");
  const bar = toast.querySelector("progress");
  const until = Date.parse(toast.dataset.until);
  let warned = false;

  function tick() {
    const left = Math.ceil((until - Date.now()) / 1000);
    if (!toast.isConnected) return;
    if (left <= 0) return end();
    face.textContent = `${left} s`;
    if (bar) bar.value = left;
    if (left <= WARN_AT && !warned) {
      warned = true;
      if (announcer) announcer.textContent = `${left} seconds left to undo.`;
    }
    setTimeout(tick, 250);
  }

  function end() {
    const words = toast.dataset.over;
    const held = toast.querySelector(".toast__undo").contains(document.activeElement);
    for (const part of toast.querySelectorAll(".toast__undo, .toast__bar")) part.remove();
    toast.classList.add("toast--over");
    if (words) toast.querySelector(".toast__words").textContent = words;
    if (words && announcer) announcer.textContent = words;
    // The button is gone from under whoever stood on it.
    if (held) document.getElementById("main")?.focus({ preventScroll: true });
    if (!words) toast.remove();
  }

  tick();
}

const all = () => document.querySelectorAll("[data-until]:not([data-watched])").forEach(watch);
document.addEventListener("htmx:afterSettle", all);
all();
