// Choosing a rule proposes the words people are told for it, as long as nobody has written their own.
const form = document.getElementById("decision");
const words = form?.querySelector("[data-proposed-words]");

if (words) {
  let proposed = words.value;
  form.addEventListener("change", (event) => {
    if (!event.target.matches("[data-words-shown]")) return;
    if (words.value.trim() && words.value !== proposed) return;
    const chosen = [...form.querySelectorAll("[data-words-shown]:checked")].map((box) => box.dataset.wordsShown);
    proposed = chosen.filter(Boolean).join("\n");
    words.value = proposed;
  });
}
