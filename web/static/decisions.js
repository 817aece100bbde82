// Deciding between two keyings: F2 and F3 take what the one or the other says, anything else is typed; Enter goes on.
"use strict";

showPaper();
turnInPlace(paper.dataset.here, (view) => paper.replaceChildren(...view.getElementById("paper").children));
deciding();
keyBuffer.release();

function deciding() {
  const side = document.getElementById("decisions");
  const fields = [...side.querySelectorAll("[data-column]")].filter((field) => !field.closest("[inert]"));
  const error = document.getElementById("row-error");
  const finish = document.getElementById("row-finish");
  let current = fields[0];

  const versions = (field) => [...field.closest("fieldset").querySelectorAll("[data-version]")];

  function step(field) {
    (fields[fields.indexOf(field) + 1] ?? finish).focus();
  }

  function take(field, which) {
    field.value = versions(field)[which].dataset.version;
    field.dataset.decided = "yes";
    dress(field);
    step(field);
  }

  function dress(field) {
    for (const one of versions(field)) one.classList.toggle("chosen", field.value === one.dataset.version && (field.value !== "" || "decided" in field.dataset));
  }

  // What nobody has said anything about stays as it is, and waits.
  const isDecided = (field) => field.value.trim() !== "" || "decided" in field.dataset;

  // Whether what was decided is stored, or nothing was.
  async function store() {
    const decided = fields.filter(isDecided);
    if (!decided.length) return true;
    const columns = Object.fromEntries(decided.map((field) => [field.dataset.column, field.value]));
    const headers = { "Content-Type": "application/json", "X-CSRFToken": side.dataset.token };
    let answer;
    try {
      answer = await fetch(side.dataset.url, { method: "POST", headers, body: JSON.stringify({ columns, revision: side.dataset.revision }) });
    } catch {
      return tell(side.dataset.unsaved);
    }
    if (answer.redirected || !(answer.ok || answer.status === 409)) return tell(side.dataset.unsaved);
    const said = await answer.json();
    for (const field of fields) field.toggleAttribute("aria-invalid", said.column === field.dataset.column);
    return tell(said.error ?? "");
  }

  function tell(sentence) {
    error.textContent = sentence;
    error.hidden = !sentence;
    return !sentence;
  }

  for (const field of fields) {
    dress(field);
    field.addEventListener("focus", () => {
      current = field;
      field.select();
    });
    field.addEventListener("input", () => dress(field));
    field.addEventListener("keydown", (event) => {
      if (event.isComposing || event.keyCode === 229 || event.key !== "Enter") return;
      event.preventDefault();
      step(field);
    });
    versions(field).forEach((button, which) => {
      button.addEventListener("mousedown", (event) => event.preventDefault());
      button.addEventListener("click", () => take(field, which));
    });
  }
  // Who leaves the row gives it back.
  window.addEventListener("pagehide", () => fetch(side.dataset.hold, { method: "DELETE", headers: { "X-CSRFToken": side.dataset.token }, keepalive: true }).catch(() => {}));
  const ACTS = { first: 0, second: 1 };
  for (const button of side.querySelectorAll("[data-act]")) {
    button.addEventListener("mousedown", (event) => event.preventDefault());
    button.addEventListener("click", () => current && take(current, ACTS[button.dataset.act]));
  }
  finish.addEventListener("focus", () => (current = null));
  const stay = () => (fields.find((field) => field.hasAttribute("aria-invalid")) ?? finish).focus();
  finish.addEventListener("click", () => keyBuffer.lead(side.dataset.following, store, stay));
  keyBuffer.begin(fields, fields[0] ?? finish);
}
