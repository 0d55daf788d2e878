// The claim's time: counted down in the bar, renewed while the page is looked at, spoken before it lapses and said
// at the foot of the page, where it can be kept.
// The server is asked to renew by a POST to data-renewal, which answers {"expires_at": "…"}; 409 or 404 mean lost.
const WARN_BELOW = 60;
const RENEW_EVERY = 30;
const announcer = document.getElementById("announcer");
let active = true;

for (const kind of ["pointermove", "keydown", "scroll", "focusin"]) {
  addEventListener(kind, () => (active = true), { passive: true, capture: true });
}

function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function watch(claim) {
  const face = claim.querySelector("[data-countdown]");
  const desk = document.querySelector("[data-renewal]");
  const here = claim.getAttribute("href");
  const mine = desk && (location.pathname === here || location.pathname.startsWith(here)) ? desk : null;
  const toast = mine && document.querySelector("[data-lapse]");
  let expires = Date.parse(claim.dataset.expires);
  let spoken = false;
  let lost = false;
  let asked = performance.now();

  function say(words) {
    if (announcer && words) announcer.textContent = words;
  }

  // At the foot of the page as well, with what can be done about it.
  function show(words, left, press) {
    if (!toast) return;
    toast.hidden = false;
    toast.querySelector("[data-lapse-words]").textContent = words;
    toast.querySelector("[data-lapse-left]").textContent = left;
    const button = toast.querySelector("[data-lapse-keep]");
    button.querySelector("span").textContent = press;
    if (!press && button === document.activeElement) leave();
    button.hidden = !press;
  }

  // The button is gone from under whoever stood on it.
  function leave() {
    document.getElementById("main")?.focus({ preventScroll: true });
  }

  function hide() {
    if (!toast || toast.hidden) return;
    const held = toast.contains(document.activeElement);
    toast.hidden = true;
    if (held) leave();
  }

  function lose(words) {
    lost = true;
    delete claim.dataset.lapsing;
    claim.dataset.lapsed = "";
    face.textContent = "lapsed";
    say(words);
  }

  // Somebody else has it, or it was taken off: nothing brings it back from here.
  function end(words) {
    lose(words);
    if (words) show("has ended. What you typed is kept.", "", "");
    else hide();
  }

  // Why it can't be kept, as the server says it: who has the case now, say.
  async function why(answer) {
    try {
      return (await answer.json()).detail || "";
    } catch {
      return "";
    }
  }

  async function renew() {
    asked = performance.now();
    active = false;
    const body = new URLSearchParams({ csrfmiddlewaretoken: document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "" });
    try {
      const answer = await fetch(mine.dataset.renewal, { method: "POST", body, headers: { Accept: "application/json" } });
      if (answer.ok) {
        expires = Date.parse((await answer.json()).expires_at);
        spoken = false;
        lost = false;
        delete claim.dataset.lapsed;
        hide();
        tick();
      } else if (answer.status === 409 || answer.status === 404) {
        end(`${(await why(answer)) || "You no longer hold this case."} What you typed is kept on this page.`);
      }
    } catch {
      // No connection now: the countdown goes on and the next round asks again.
    }
  }

  function tick() {
    const left = (expires - Date.now()) / 1000;
    if (mine && !lost && !document.hidden && active && performance.now() - asked > RENEW_EVERY * 1000) renew();
    if (lost) return;
    if (left <= 0) {
      show("has run out. What you typed is kept.", "", "Take it again");
      return lose("Your hold on this case has run out. What you typed is kept. Deciding takes it again if nobody else has.");
    }
    face.textContent = clock(left);
    if (left < WARN_BELOW) {
      claim.dataset.lapsing = "";
      show("runs out in", `${Math.ceil(left)} s`, "Keep it");
      if (!spoken) say(`Your hold on ${claim.querySelector(".ref")?.textContent} runs out in ${Math.ceil(left)} seconds. Move or type to keep it.`);
      spoken = true;
    } else {
      delete claim.dataset.lapsing;
    }
  }

  toast?.querySelector("[data-lapse-keep]").addEventListener("click", renew);
  if (mine) {
    document.addEventListener("htmx:afterSettle", () => {
      // The live part says by itself who has it.
      if (document.querySelector("#live[data-lost]")) end("");
    });
  }
  tick();
  setInterval(tick, 1000);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && mine && !lost) renew();
  });
}

document.querySelectorAll(".claim[data-expires]").forEach(watch);
