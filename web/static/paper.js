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
