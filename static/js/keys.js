// Single-letter keys, declared in the markup: data-key names the key, data-key-words what it does.
// They can be switched off or changed (WCAG 2.2, SC 2.1.4); the choice stays in this browser.
const STORE = "reviewapp.keys";
const root = document.documentElement;

function remembered() {
  try {
    return { on: true, changed: {}, ...JSON.parse(localStorage.getItem(STORE) ?? "{}") };
  } catch {
    return { on: true, changed: {} };
  }
}

const choice = remembered();

function remember() {
  try {
    localStorage.setItem(STORE, JSON.stringify(choice));
  } catch {
    // A browser that keeps nothing forgets the choice with the page.
  }
}

const keyOf = (element) => choice.changed[element.dataset.key] ?? element.dataset.key;

// What cannot be seen cannot be pressed, save for what says that it may be anywhere.
function shown(element) {
  if ("keyAnywhere" in element.dataset) return true;
  const seen = element.closest("label") ?? element;
  return !element.disabled && (seen.checkVisibility?.() ?? true);
}

function bound(scope = document) {
  return [...scope.querySelectorAll("[data-key]")].filter((element) => !element.closest("dialog"));
}

function words(element) {
  if (element.dataset.keyWords) return element.dataset.keyWords;
  const labelled = element.closest("label") ?? document.querySelector(`label[for="${element.id}"]`) ?? element;
  const copy = labelled.cloneNode(true);
  copy.querySelectorAll("kbd, select, input, textarea, small, .hidden-visually").forEach((part) => part.remove());
  return copy.textContent.trim().replace(/\s+/g, " ");
}

// Hints are drawn by the server with the key as it comes; here they follow what the person chose.
function dress() {
  root.dataset.keys = choice.on ? "on" : "off";
  for (const element of bound()) {
    if (choice.on) element.setAttribute("aria-keyshortcuts", keyOf(element));
    else element.removeAttribute("aria-keyshortcuts");
  }
  for (const hint of document.querySelectorAll("kbd.key")) {
    // What the key does is told by aria-keyshortcuts; a name should not end in a stray letter.
    hint.ariaHidden = "true";
    hint.dataset.as ??= hint.textContent.trim();
    const changed = choice.changed[hint.dataset.as];
    if (changed) hint.textContent = changed;
    else if (hint.textContent !== hint.dataset.as) hint.textContent = hint.dataset.as;
  }
  for (const opener of document.querySelectorAll("[data-keys-open]")) opener.hidden = false;
}

function typing(target) {
  if (target.isContentEditable) return true;
  if (target.matches("textarea, select")) return true;
  return target.matches("input") && !target.matches("[type=radio], [type=checkbox], [type=button], [type=submit]");
}

// A panel in a panel that is shut: open those around it. Says whether any was.
function reveal(panel) {
  const shut = panel.parentElement.closest("details:not([open])");
  if (!shut) return false;
  reveal(shut);
  return (shut.open = true);
}

// What stands open in a panel is shut with it: opened again it offers the choice anew, and no field swallows the next key.
function shut(panel) {
  panel.open = false;
  for (const inner of panel.querySelectorAll("details[open]")) inner.open = false;
}

// What a key opens is gone into at once: to its first field, where it has one that can be seen. What is only read is
// scrolled to, or it would open below the edge.
function turn(summary) {
  const panel = summary.parentElement;
  const hidden = reveal(panel);
  summary.focus();
  if (!hidden || !panel.open) summary.click();
  if (!panel.open) return;
  const first = [...panel.querySelectorAll("input, select, textarea")].find((field) => field.type !== "hidden" && shown(field));
  if (first) first.focus();
  else panel.scrollIntoView({ block: "nearest" });
}

function act(element) {
  if (element.matches("textarea, select, input:not([type=radio], [type=checkbox])")) {
    element.focus();
    element.select?.();
    return;
  }
  if (element.matches("summary")) return turn(element);
  if (element.matches("input")) element.focus();
  if (element.matches("fieldset")) element.querySelector("input, select, button")?.focus();
  else element.click();
}

const dialog = document.getElementById("keys");

function line(does, control) {
  const row = document.createElement("li");
  const says = document.createElement("span");
  says.textContent = does;
  row.append(says, control);
  return row;
}

function key(name) {
  const hint = document.createElement("kbd");
  hint.textContent = name;
  return hint;
}

// Where an action stands is what it is listed under: the bar's are everywhere, the others have a part of the page.
function groupOf(element) {
  if (element.closest(".bar")) return "Everywhere";
  const named = element.closest("[data-keys-group]");
  if (named) return named.dataset.keysGroup;
  for (let part = element.closest("section, form, nav, article"); part; part = part.parentElement?.closest("section, form, nav, article")) {
    const heading = document.getElementById(part.getAttribute("aria-labelledby") ?? "");
    const name = (heading?.textContent ?? part.getAttribute("aria-label") ?? "").trim().replace(/\s+/g, " ");
    if (name) return name;
  }
  return "This page";
}

function entry(element) {
  const change = document.createElement("button");
  change.type = "button";
  change.className = "button button--small button--bare";
  change.append(key(keyOf(element)));
  change.setAttribute("aria-label", `${words(element)}: ${keyOf(element)}. Change the key`);
  change.addEventListener("click", () => waitFor(element.dataset.key, change));
  return line(words(element), change);
}

function draw() {
  const seen = new Set();
  const groups = new Map();
  const add = (group, row) => groups.set(group, [...(groups.get(group) ?? []), row]);
  for (const element of bound()) {
    if (seen.has(element.dataset.key)) continue;
    seen.add(element.dataset.key);
    add(groupOf(element), entry(element));
  }
  const sent = document.querySelector("form[data-send-key]");
  if (sent) add(groupOf(sent), line(sent.dataset.sendKey || "Decide", key("ctrl or ⌘ + enter")));
  // What belongs to this page first; what works everywhere is known soon.
  const ordered = [...groups].sort(([one], [other]) => (one === "Everywhere") - (other === "Everywhere"));
  dialog.querySelector("[data-keys-list]").replaceChildren(...ordered.map(([name, rows]) => group(name, rows)));
  dialog.querySelector("[data-keys-switch]").checked = choice.on;
}

function group(name, rows) {
  const part = document.createElement("section");
  const title = document.createElement("h3");
  const list = document.createElement("ul");
  title.textContent = name;
  title.className = "keys__group";
  list.className = "keys__list";
  list.append(...rows);
  part.append(title, list);
  return part;
}

// The next key pressed becomes the action's; whoever had it takes the old one in exchange.
function waitFor(original, button) {
  button.textContent = "Press a key";
  button.dataset.waiting = "";
  const listen = (event) => {
    event.preventDefault();
    event.stopPropagation();
    button.removeEventListener("keydown", listen);
    button.removeEventListener("blur", draw);
    if (event.key.length === 1 && event.key !== " ") {
      const before = choice.changed[original] ?? original;
      for (const other of bound()) {
        if (other.dataset.key !== original && keyOf(other) === event.key) {
          choice.changed[other.dataset.key] = before;
        }
      }
      choice.changed[original] = event.key;
      for (const [from, to] of Object.entries(choice.changed)) if (from === to) delete choice.changed[from];
      remember();
      dress();
    }
    draw();
    dialog.querySelector("[data-keys-list] button")?.focus();
  };
  button.addEventListener("keydown", listen);
  button.addEventListener("blur", draw, { once: true });
}

document.addEventListener("keydown", (event) => {
  const target = event.target instanceof Element ? event.target : document.body;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    // Who types sends what they type in, never the form beside it.
    const form = target.closest("form[data-send-key]") ?? (typing(target) ? target.closest("form[method=post]") : document.querySelector("form[data-send-key]"));
    if (form && !document.querySelector("dialog[open]")) {
      event.preventDefault();
      // Not the button that only shows what would happen: that one has an address of its own.
      form.requestSubmit(form.querySelector("[type=submit]:not([formaction])"));
    }
    return;
  }
  if (!choice.on || event.defaultPrevented || event.isComposing) return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1) return;
  if (typing(target) || document.querySelector("dialog[open]")) return;
  const element = bound().find((candidate) => keyOf(candidate) === event.key && shown(candidate));
  if (!element) return;
  event.preventDefault();
  // A key that is held down acts once, but for those that walk.
  if (!event.repeat || "keyRepeat" in element.dataset) act(element);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !(event.target instanceof Element)) return;
  const panel = event.target.closest("details[data-panel][open]");
  if (panel) {
    shut(panel);
    panel.querySelector("summary").focus();
  } else if (typing(event.target)) {
    event.target.blur();
  }
});

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return;
  if (event.target.closest("[data-keys-open]")) {
    draw();
    dialog.showModal();
  }
  for (const menu of document.querySelectorAll("details[data-panel][open]")) {
    if (!menu.contains(event.target)) shut(menu);
  }
});

dialog?.querySelector("[data-keys-switch]").addEventListener("change", (event) => {
  choice.on = event.target.checked;
  remember();
  dress();
});

document.addEventListener("htmx:afterSettle", dress);
dress();
