// Live parts ask again every few seconds. Not while nobody looks, and, by the ETag of the last answer, not to
// draw the same thing twice: drawing it again would take the focus away from whoever is reading.
const drawn = new Map();

document.addEventListener("htmx:beforeRequest", (event) => {
  const live = event.target.closest?.("[data-live-part]");
  if (live && event.detail.elt === live && document.hidden) event.preventDefault();
});

document.addEventListener("htmx:configRequest", (event) => {
  const tag = event.target.matches?.("[data-live-part]") && drawn.get(event.target.id);
  if (tag) event.detail.headers["If-None-Match"] = tag;
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const part = event.detail.target;
  if (part?.matches?.("[data-live-part]")) {
    if (event.detail.xhr.status === 304) event.detail.shouldSwap = false;
    else drawn.set(part.id, event.detail.xhr.getResponseHeader("ETag"));
  }
  // A refusal comes with a page or fragment that says why: show it instead of dropping it.
  if ([403, 404, 409, 422, 429].includes(event.detail.xhr.status)) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});

document.addEventListener("htmx:sendError", () => say("The server cannot be reached. What you typed is kept."));
document.addEventListener("htmx:responseError", () => say("That did not work. Reload the page and try again."));

function say(words) {
  const messages = document.getElementById("messages");
  const item = document.createElement("li");
  const list = document.createElement("ul");
  item.className = "messages__item messages__item--error";
  item.textContent = words;
  list.className = "messages__list";
  list.append(item);
  messages?.replaceChildren(list);
}
