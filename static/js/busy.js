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
