// What is there already is told while a row is keyed: at once by number and date, and as soon as a person's name and day
// of birth are typed. Nothing waits for it, and where it cannot be told now, keying goes on.
"use strict";

{
  const row = document.getElementById("row");
  const list = document.getElementById("row-duplicates");
  const fields = list.dataset.columns.split(" ").map((name) => document.getElementById(name)).filter(Boolean);
  const headers = { "X-CSRFToken": row.dataset.token };
  let newest = "";

  const typed = () => JSON.stringify({ columns: Object.fromEntries(fields.map((field) => [field.id, field.value])), revision: row.dataset.revision });

  async function ask() {
    const body = (newest = typed());
    const answer = await fetch(list.dataset.url, { method: "POST", headers: { ...headers, "Content-Type": "application/json" }, body }).catch(() => null);
    if (body !== newest || !answer || answer.redirected || !(answer.ok || answer.status === 409)) return; // typed on meanwhile
    const said = await answer.json();
    show(said.duplicates ?? [{ text: said.error, other: "", address: null }]);
  }

  function show(duplicates) {
    list.replaceChildren(...duplicates.map(line));
    list.querySelector("button")?.setAttribute("data-anywhere", "F1");
    list.querySelector("button")?.append(" ", Object.assign(document.createElement("kbd"), { textContent: "F1" }));
    list.hidden = !duplicates.length;
  }

  function line({ text, other, address }) {
    const item = document.createElement("li");
    item.append(text);
    if (address) item.append(" ", Object.assign(document.createElement("a"), { href: address, target: "_blank", textContent: list.dataset.look }));
    if (other) {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "secondary", textContent: list.dataset.no });
      button.addEventListener("mousedown", (event) => event.preventDefault()); // takes no focus from who types
      button.addEventListener("click", () => answer(other));
      item.append(" ", button);
    }
    return item;
  }

  async function answer(other) {
    await fetch(list.dataset.answer, { method: "POST", headers, body: new URLSearchParams({ other }) }).catch(() => null);
    ask();
  }

  document.getElementById("row-groups").addEventListener("focusout", () => typed() !== newest && ask());
  ask();
}
