// The page's picture: shown whole, or as wide as there is room, by click or key; the choice is kept in this browser, one
// for each kind of view (data-kept).
"use strict";

// To be called once for each picture that comes into the view.
function showPaper() {
  const paper = document.getElementById("paper");
  if (!paper) return;
  const whole = (is) => paper.classList.toggle("whole", is);
  const kept = paper.dataset.kept || "paper";
  const choice = localStorage.getItem(kept);
  if (choice) whole(choice === "whole");
  for (const pressed of [document.getElementById("zoom"), paper]) {
    pressed.addEventListener("click", () => localStorage.setItem(kept, whole() ? "whole" : "wide"));
  }
}

// Where somebody is typing, a page is turned without leaving the view, and what was typed stays: `show` is given the view
// as it is then at the address `here`, and where the turn was sent.
function turnInPlace(here, show) {
  let turning = Promise.resolve();

  async function turn(action, sent) {
    const answer = await fetch(action, { method: "POST", body: sent, referrer: here }).catch(() => null);
    if (!answer) return; // that the station does not answer is told on every view
    if (!answer.ok) return location.assign(here); // there it is said why
    const view = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!view.body.dataset.person) return askForLogin();
    const refusal = view.querySelector("main > .notice.refused");
    if (refusal) return document.querySelector("main").prepend(refusal);
    const [undo, undoThen] = [document, view].map((one) => one.getElementById("undo"));
    if (undo && undoThen) {
      undo.hidden = undoThen.hidden;
      undo.replaceChildren(...undoThen.children);
    }
    show(view, action);
  }

  for (const form of document.querySelectorAll(".turn-page")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const [action, sent] = [form.action, new FormData(form, event.submitter)];
      turning = turning.then(() => turn(action, sent));
    });
  }
}
