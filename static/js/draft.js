// What was typed into a form with data-draft is kept in this tab until the form is sent and taken,
// so that a lapsed claim, a lost connection or a wrong key costs nothing. Never written to disk storage.
const PREFIX = "reviewapp.draft.";

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

function restore(form) {
  let typed;
  try {
    typed = JSON.parse(sessionStorage.getItem(PREFIX + form.dataset.draft));
  } catch {
    return;
  }
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
document.querySelector("form[data-sign-out]")?.addEventListener("submit", () => {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
});

// A form that came back begins where it has to be mended.
const wrong = document.querySelector("form[data-returned] .errorlist")?.closest(".field, fieldset");
wrong?.querySelector("input, select, textarea")?.focus();
wrong?.scrollIntoView({ block: "nearest" });

for (const form of document.querySelectorAll("form[data-draft]")) {
  restore(form);
  form.addEventListener("input", () => keep(form));
  form.addEventListener("change", () => keep(form));
}
