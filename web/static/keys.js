// Keys press buttons. Loaded before anything is shown, not deferred: a key pressed at the first sight of a page counts.
"use strict";

// A key named in data-key presses its button, unless somebody is writing.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  const writing = event.target.matches("input:not([type=radio]):not([type=checkbox]), textarea, select");
  if (writing && event.key !== "Escape") return;
  const button = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key.toLowerCase() === event.key.toLowerCase() && !one.disabled);
  if (!button) return;
  event.preventDefault();
  button.click();
});

// Keys named in data-anywhere work while somebody writes too: in the entry view the date field has the focus.
function pressed(event) {
  return (event.ctrlKey ? "Ctrl+" : "") + event.key;
}

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.metaKey || event.repeat) return;
  if (event.key.length === 1 && event.target.matches("#why, #suffix_reason")) return; // sentences are written there
  const one = [...document.querySelectorAll("[data-anywhere]")].find((some) => some.dataset.anywhere.split(" ").includes(pressed(event)));
  if (!one) return;
  event.preventDefault();
  if (!one.disabled) one.click();
});
