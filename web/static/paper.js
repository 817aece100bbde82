// The page's picture: shown whole, or as wide as there is room, by click or key; the choice is kept in this browser.
"use strict";

const paper = document.getElementById("paper");

if (paper) {
  const show = (whole) => paper.classList.toggle("whole", whole);
  show(localStorage.getItem("paper") === "whole");
  for (const one of [document.getElementById("zoom"), paper]) {
    one.addEventListener("click", () => {
      show(!paper.classList.contains("whole"));
      localStorage.setItem("paper", paper.classList.contains("whole") ? "whole" : "wide");
    });
  }
}
