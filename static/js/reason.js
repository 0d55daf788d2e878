// Choosing a rule, or the language, proposes the words people are told for it, as long as nobody has written their own.
// Without a violation nothing is proposed: who is found harmless must not read that a rule was broken.
const form = document.getElementById("decision");
const words = form?.querySelector("[data-proposed-words]");

function said(box, language) {
  return box.dataset.words && language ? JSON.parse(box.dataset.words)[language] : box.dataset.wordsShown;
}

function proposal() {
  const outcome = form.querySelector("[name=outcome]:checked");
  if (outcome && outcome.value !== "VIOLATION") return "";
  const language = form.querySelector("[name=locale]")?.value;
  const chosen = [...form.querySelectorAll("[data-words-shown]:checked")].map((box) => said(box, language));
  return chosen.filter(Boolean).join("\n");
}

if (words) {
  let proposed = words.value === proposal() ? words.value : "";
  form.addEventListener("change", (event) => {
    if (!event.target.matches("[data-words-shown], [name=locale], [name=outcome]")) return;
    if (words.value.trim() && words.value !== proposed) return;
    proposed = proposal();
    words.value = proposed;
  });
}
