// What was typed into a form with data-draft is kept in this tab until the form is sent and taken,
// so that a lapsed claim, a lost connection or a wrong key costs nothing. Never written to disk storage.
// Each is its writer's own: whoever signs in after them in the same tab does not find it.
const ALL = "reviewapp.draft.";
const PREFIX = `${ALL}${document.body.dataset.who ?? ""}.`;

if (document.body.dataset.who) forget((key) => !key.startsWith(PREFIX));

function forget(which = () => true) {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(ALL) && which(key)) sessionStorage.removeItem(key);
}

function fields(form) {
  return [...form.elements].filter((field) => field.name && field.type !== "hidden" && field.type !== "submit" && field.type !== "password");
}

function keep(form) {
  const typed = {};
  for (const field of fields(form)) {
    if (field.type === "radio" || field.type === "checkbox") {
      typed[field.name] ??= [];
      if (field.checked) typed[field.name].push(field.value);
    } else {
      typed[field.name] = field.value;
    }
  }
  try {
    sessionStorage.setItem(PREFIX + form.dataset.draft, JSON.stringify(typed));
  } catch {
    // Nothing to keep it in; the form still works.
  }
}

function kept(name) {
  try {
    return JSON.parse(sessionStorage.getItem(PREFIX + name));
  } catch {
    return null;
  }
}

function restore(form) {
  const typed = kept(form.dataset.draft);
  if (!typed || form.hasAttribute("data-returned")) return;
  for (const field of fields(form)) {
    if (!(field.name in typed)) continue;
    const value = typed[field.name];
    if (Array.isArray(value)) field.checked = value.includes(field.value);
    else field.value = value;
  }
  form.dispatchEvent(new CustomEvent("draft:restored", { bubbles: true, detail: typed }));
}

// A draft goes when the server has taken the form: the page that then comes no longer has it.
const here = new Set([...document.querySelectorAll("form[data-draft]")].map((form) => PREFIX + form.dataset.draft));
for (const mark of document.querySelectorAll("[data-draft-done]")) {
  if (!here.has(PREFIX + mark.dataset.draftDone)) sessionStorage.removeItem(PREFIX + mark.dataset.draftDone);
}

// Signing out leaves nothing behind in the tab.
document.querySelector("form[data-sign-out]")?.addEventListener("submit", () => forget());

// Where the form is not there any more, because the case is somebody else's now, what was written is shown.
for (const part of document.querySelectorAll("[data-kept]")) {
  const typed = kept(part.dataset.kept) ?? {};
  const words = part.dataset.keptFields.split(" ").map((name) => typed[name]).filter((text) => typeof text === "string" && text.trim());
  if (!words.length) continue;
  const lines = words.map((text) => {
    const line = document.createElement("p");
    line.className = "kept";
    line.textContent = text;
    return line;
  });
  part.querySelector("[data-kept-words]").replaceChildren(...lines);
  part.querySelector("[data-kept-copy]").addEventListener("click", async (event) => {
    await navigator.clipboard.writeText(words.join("\n\n"));
    event.target.closest("button").querySelector("span").textContent = "Copied";
  });
  part.querySelector("[data-kept-drop]").addEventListener("click", () => {
    sessionStorage.removeItem(PREFIX + part.dataset.kept);
    part.hidden = true;
    document.getElementById("main")?.focus({ preventScroll: true });
  });
  part.hidden = false;
}

// A form that came back begins where it has to be mended.
const wrong = document.querySelector("form[data-returned] .errorlist")?.closest(".field, fieldset");
wrong?.querySelector("input, select, textarea")?.focus();
wrong?.scrollIntoView({ block: "nearest" });

for (const form of document.querySelectorAll("form[data-draft]")) {
  restore(form);
  form.addEventListener("input", () => keep(form));
  form.addEventListener("change", () => keep(form));
}
