// After a part of the page was replaced, the focus is where it was: on the same control if it is still there,
// else on the heading of what came. What carries data-announce is read out when its words are new.
const announcer = document.getElementById("announcer");
let left = null;
let said = spoken();

function spoken() {
  return new Set([...document.querySelectorAll("[data-announce]")].map((part) => part.textContent.trim()));
}

// How a control can be found again once it has been drawn anew, surest first.
function marks(element) {
  const found = [];
  const attribute = (name) => {
    const value = element.getAttribute(name);
    return value === null ? "" : `[${name}="${CSS.escape(value)}"]`;
  };
  if (element.id) found.push(`#${CSS.escape(element.id)}`);
  if (element.name) found.push(`${element.localName}${attribute("name")}${attribute("value")}`, `${element.localName}${attribute("name")}`);
  if (element.dataset.key) found.unshift(`[data-key="${CSS.escape(element.dataset.key)}"]`);
  // What has a key is known by it: another link may lead to the same address and do something else.
  else if (element.hasAttribute("href")) found.push(`a${attribute("href")}`);
  return found;
}

document.addEventListener("htmx:beforeSwap", (event) => {
  const target = event.detail.target;
  const active = document.activeElement;
  said = spoken();
  // A live part may come between another part's coming and its settling: it leaves alone what is not its own.
  if (target?.contains(active) && active !== document.body) left = { marks: marks(active), inside: target.id };
});

document.addEventListener("htmx:afterSwap", announce);

document.addEventListener("htmx:afterSettle", (event) => {
  const came = event.detail.elt ?? event.target;
  if (left && (document.activeElement === document.body || !document.activeElement)) {
    const scope = (left.inside && document.getElementById(left.inside)) || came;
    const again = left.marks.map((mark) => scope.querySelector(mark) ?? document.querySelector(mark)).find((one) => one && seen(one));
    arrive(again ?? heading(scope));
    left = null;
  } else if (left && (!left.inside || left.inside === came.id)) {
    left = null;
  }
});

function seen(element) {
  return !element.disabled && (element.checkVisibility?.() ?? true);
}

function heading(scope) {
  const found = scope.querySelector("h1, h2, h3") ?? scope.closest("section, main")?.querySelector("h1, h2, h3") ?? document.getElementById("main");
  if (found && !found.hasAttribute("tabindex")) found.tabIndex = -1;
  return found;
}

function arrive(element) {
  element?.focus({ preventScroll: true });
  element?.scrollIntoView({ block: "nearest" });
}

function announce() {
  const fresh = [...spoken()].filter((words) => words && !said.has(words));
  if (fresh.length && announcer) announcer.textContent = fresh.join(" ");
  said = spoken();
}

// What was done on the page before is read out as well. A live region is heard when it changes, so it is put
// there a moment later.
const done = document.querySelector(".toast [data-announce]");
if (done) setTimeout(() => announcer && (announcer.textContent = done.textContent.trim()), 300);
