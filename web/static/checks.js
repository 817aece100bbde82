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
