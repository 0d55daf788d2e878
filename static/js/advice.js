// The advice of the ladders follows the rules that are chosen; with none chosen it is of the one that the strongest detection names.
const form = document.getElementById("decision");
const lines = form?.querySelectorAll("[data-advice]") ?? [];

function follow() {
  const chosen = new Set([...form.querySelectorAll("[name=clauses]:checked")].map((box) => box.value));
  for (const line of lines) line.hidden = chosen.size ? !chosen.has(line.dataset.advice) : !("named" in line.dataset);
}

if (lines.length) {
  form.addEventListener("change", (event) => event.target.name === "clauses" && follow());
  form.addEventListener("draft:restored", follow);
  follow();
}
