// Citing evidence: each row has a checkbox that belongs to the decision form. The form lists what is cited,
// and keeps it when the rows on the page change.
const form = document.getElementById("decision");
const list = document.querySelector("[data-cited-list]");
const count = document.querySelector("[data-cited-count]");
const boxes = () => [...document.querySelectorAll(".events input[name=evidence]")];
const entry = (value) => [...(list?.querySelectorAll("input") ?? [])].find((box) => box.value === value);
const announcer = document.getElementById("announcer");

function tally(aloud) {
  const number = list.querySelectorAll("input:checked").length;
  const words = number === 1 ? "1 item cited" : `${number} items cited`;
  count.textContent = number ? words : "nothing cited yet";
  if (aloud && announcer) announcer.textContent = words;
}

function add(value, words) {
  if (entry(value)) return;
  const item = document.createElement("li");
  const label = document.createElement("label");
  const box = document.createElement("input");
  const says = document.createElement("span");
  box.type = "checkbox";
  box.name = "evidence";
  box.value = value;
  box.checked = true;
  box.dataset.words = words;
  says.textContent = words;
  label.append(box, says);
  item.append(label);
  list.append(item);
}

function reflect() {
  for (const box of boxes()) {
    if (box.checked) add(box.value, box.dataset.words);
    box.checked = Boolean(entry(box.value)?.checked);
  }
  tally(false);
}

// The list keeps what is cited when the rows change, so the rows' own boxes need not be sent as well.
function changed(event) {
  const box = event.target;
  if (!(box instanceof HTMLInputElement) || box.name !== "evidence") return;
  if (list.contains(box)) {
    if (!box.checked) box.closest("li").remove();
    for (const twin of boxes()) if (twin.value === box.value) twin.checked = box.checked;
  } else if (box.checked) {
    add(box.value, box.dataset.words);
  } else {
    entry(box.value)?.closest("li").remove();
  }
  tally(true);
  form.dispatchEvent(new Event("input", { bubbles: true }));
}

if (form && list && count) {
  document.addEventListener("change", changed);
  document.addEventListener("htmx:afterSettle", reflect);
  form.addEventListener("draft:restored", (event) => {
    const wanted = event.detail.evidence ?? [];
    const known = new Map(boxes().map((box) => [box.value, box.dataset.words]));
    for (const value of wanted) add(value, known.get(value) ?? "An item outside the rows shown now");
    reflect();
  });
  reflect();
}
