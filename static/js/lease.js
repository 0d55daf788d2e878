// The claim's time: counted down in the bar, renewed while the page is looked at, spoken before it lapses.
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
  const mine = desk && claim.pathname === location.pathname ? desk : null;
  let expires = Date.parse(claim.dataset.expires);
  let spoken = false;
  let lost = false;
  let asked = performance.now();

  function say(words) {
    if (announcer) announcer.textContent = words;
  }

  function lose(words) {
    lost = true;
    delete claim.dataset.lapsing;
    claim.dataset.lapsed = "";
    face.textContent = "lapsed";
    say(words);
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
      } else if (answer.status === 409 || answer.status === 404) {
        lose("You no longer hold this case. What you typed is kept on this page.");
      }
    } catch {
      // No connection now: the countdown goes on and the next round asks again.
    }
  }

  function tick() {
    const left = (expires - Date.now()) / 1000;
    if (mine && !lost && !document.hidden && active && performance.now() - asked > RENEW_EVERY * 1000) renew();
    if (lost) return;
    if (left <= 0) return lose("Your hold on this case has run out. Deciding takes it again if nobody else has.");
    face.textContent = clock(left);
    if (left < WARN_BELOW) {
      claim.dataset.lapsing = "";
      if (!spoken) say(`Your hold on ${claim.querySelector(".ref")?.textContent} runs out in ${Math.ceil(left)} seconds. Move or type to keep it.`);
      spoken = true;
    } else {
      delete claim.dataset.lapsing;
    }
  }

  tick();
  setInterval(tick, 1000);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && mine && !lost) renew();
  });
}

document.querySelectorAll(".claim[data-expires]").forEach(watch);
