// The first look: no verdict before the pictures are there, whole or as wide as there is room.
"use strict";

showPaper();

const verdicts = [...document.querySelectorAll("#verdict button")];
const pictures = [...document.querySelectorAll("#paper img")].map((picture) => picture.decode());
Promise.allSettled(pictures).then((shown) => {
  const isSeen = shown.every(({ status }) => status === "fulfilled");
  // What cannot be shown is not right.
  for (const button of verdicts) button.disabled = !isSeen && button.id === "right";
});

// The other of two pages is chosen in the view as it is: a key that follows at once is a verdict on that one.
document.getElementById("other-side")?.addEventListener("click", (event) => {
  event.preventDefault();
  const sides = [...document.querySelectorAll("#paper figure")];
  const side = sides.findIndex((one) => !one.classList.contains("picked"));
  for (const one of sides) one.classList.toggle("picked", one === sides[side]);
  const { label, rejecting, reason, turning } = sides[side].dataset;
  document.querySelector('#verdict [name="chosen"]').value = label;
  document.querySelector("#verdict h2").textContent = rejecting;
  for (const button of document.querySelectorAll(".reasons button")) {
    if (button.value === reason) button.setAttribute("aria-pressed", "true");
    else button.removeAttribute("aria-pressed");
  }
  document.getElementById("turn-page").action = turning;
  event.currentTarget.dataset.key = side ? "ArrowLeft" : "ArrowRight";
  event.currentTarget.querySelector("kbd").textContent = side ? "←" : "→";
});

keyBuffer.release();
