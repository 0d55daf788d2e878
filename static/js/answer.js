// Choosing an outcome, or the language, proposes what the person is told, as long as nobody has written their own.
const form = document.getElementById("decision");
const words = form?.querySelector("[data-proposed]");

function proposal() {
  const outcome = form.querySelector("[name=outcome]:checked");
  return outcome ? JSON.parse(outcome.dataset.proposes)[form.querySelector("[name=locale]").value] ?? "" : "";
}

if (words) {
  let proposed = words.value === proposal() ? words.value : "";
  form.addEventListener("change", (event) => {
    if (!event.target.matches("[name=outcome], [name=locale]")) return;
    if (words.value.trim() && words.value !== proposed) return;
    proposed = proposal();
    words.value = proposed;
  });
}
