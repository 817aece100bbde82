// The page's picture: shown whole, or as wide as there is room, by click or key; the choice is kept in this browser.
"use strict";

// To be called once for each picture that comes into the view.
function showPaper() {
  const paper = document.getElementById("paper");
  if (!paper) return;
  const whole = (is) => paper.classList.toggle("whole", is);
  whole(localStorage.getItem("paper") === "whole");
  for (const pressed of [document.getElementById("zoom"), paper]) {
    pressed.addEventListener("click", () => localStorage.setItem("paper", whole() ? "whole" : "wide"));
  }
}
