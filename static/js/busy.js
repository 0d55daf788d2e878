// A press is answered at once: the button shows that it was taken, and a second press does nothing. The browser
// draws the next page when it comes; until then this is all that tells a slow server from a deaf one.
const SENT = "aria-busy";

document.addEventListener("submit", (event) => {
  const form = event.target;
  // htmx sends and answers these itself; one without an address does not leave the page.
  if (event.defaultPrevented || form.method === "dialog" || form.matches("[hx-get], [hx-post]")) return;
  if (form.hasAttribute(SENT)) return event.preventDefault();
  form.setAttribute(SENT, "true");
  event.submitter?.setAttribute(SENT, "true");
});

// Back from the history the page comes as it was left: what was sent then can be sent again.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const sent of document.querySelectorAll(`[${SENT}]`)) sent.removeAttribute(SENT);
});

// Of several looks at the same part only the newest is drawn: an answer that comes late, after somebody has asked
// for something else, would put them back where they no longer are.
const newest = new Map();
const isLook = (detail) => detail.requestConfig?.verb === "get" && detail.target?.id;

document.addEventListener("htmx:beforeRequest", (event) => {
  if (isLook(event.detail)) newest.set(event.detail.target.id, event.detail.xhr);
});
document.addEventListener("htmx:beforeSwap", (event) => {
  if (isLook(event.detail) && newest.get(event.detail.target.id) !== event.detail.xhr) event.preventDefault();
});
