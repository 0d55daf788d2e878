// Live parts ask again every few seconds. Not while nobody looks, and, by the ETag of the last answer, not to
// draw the same thing twice: drawing it again would take the focus away from whoever is reading.
const drawn = new Map();

document.addEventListener("htmx:beforeRequest", (event) => {
  const live = event.target.closest?.("[data-live-part]");
  if (live && event.detail.elt === live && document.hidden) event.preventDefault();
});

document.addEventListener("htmx:configRequest", (event) => {
  const part = event.target;
  const tag = part.matches?.("[data-live-part]") && (part.dataset.tag ?? drawn.get(part.id));
  if (tag) event.detail.headers["If-None-Match"] = tag;
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const part = event.detail.target;
  if (part?.matches?.("[data-live-part]") && event.detail.elt === part) {
    // Nothing new, or nothing that belongs there: a live part is never replaced by a page that refuses.
    if (event.detail.xhr.status !== 200) return void (event.detail.shouldSwap = false);
    drawn.set(part.id, event.detail.xhr.getResponseHeader("ETag"));
  }
  // A refusal comes with a page or fragment that says why: show it instead of dropping it.
  if ([403, 404, 409, 422, 429].includes(event.detail.xhr.status)) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});

// Whoever looks again sees what is so now; and a part that was just drawn is not news any more.
document.addEventListener("visibilitychange", () => document.hidden || again());
document.addEventListener("htmx:afterSettle", (event) => {
  const part = event.detail.elt;
  if (!part?.querySelector?.("[data-seen]")) return;
  // Who has read why the case is here now decides on what they read.
  if (part.dataset.version) {
    for (const field of document.querySelectorAll("[name=seen_version]")) field.value = part.dataset.version;
  }
  again();
});

function again() {
  const part = document.getElementById("live");
  if (part) window.htmx.trigger(part, "live:again");
}

// A server that can't be reached is said to be so once, until it answers.
let lost = false;

document.addEventListener("htmx:afterRequest", (event) => {
  if (!lost || !event.detail.xhr.status) return;
  lost = false;
  say("The server answers again.", "success");
});
document.addEventListener("htmx:sendError", () => {
  if (!lost) say("The server cannot be reached. What you typed is kept.");
  lost = true;
});
document.addEventListener("htmx:responseError", () => say("That did not work. Reload the page and try again."));

function say(words, tone = "error") {
  const messages = document.getElementById("messages");
  const item = document.createElement("li");
  const list = document.createElement("ul");
  item.className = `messages__item messages__item--${tone}`;
  item.textContent = words;
  list.className = "messages__list";
  list.append(item);
  messages?.replaceChildren(list);
}
