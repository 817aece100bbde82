// Keys press buttons. Loaded before anything is shown, not deferred: a key pressed at the first sight of a page counts.
"use strict";

// A finger that bounces or presses twice out of impatience means it once (ms between two presses of one key).
const MOMENT = 400;
const pressed = { key: "", at: 0 };

const named = (event) => (event.ctrlKey ? "Ctrl+" : "") + event.key;
// A list that has the focus is moved by its own keys; Space, which would open it, is the button's that has it.
const isWriting = (event) =>
  event.target.matches("input:not([type=radio]):not([type=checkbox]), textarea") || (event.target.matches("select") && event.key !== " ");

// What was typed into a field is taken back there first, by the browser.
const isTyped = (field) => field.matches("input, textarea") && field.value !== (field.dataset.began ?? field.defaultValue);

// The button or link of a key: in data-key it works unless somebody is writing; in data-anywhere while somebody writes,
// too: in the entry view the date field has the focus.
function buttonOf(event) {
  if (event.altKey || event.metaKey || (event.isComposing && event.key.length === 1)) return undefined;
  const isItsOwn = event.key === "Enter" && event.target.closest("details"); // it opens the part, or presses a button of it
  if (!event.ctrlKey && !isItsOwn && (event.key === "Escape" || !isWriting(event))) {
    const key = event.key.toLowerCase();
    const button = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key.toLowerCase() === key && !one.disabled);
    if (button) return button;
  }
  if (event.key.length === 1 && event.target.matches("#why, #suffix_reason")) return undefined; // sentences are written there
  if (named(event) === "Ctrl+z" && isTyped(event.target)) return undefined;
  const buttons = [...document.querySelectorAll("[data-anywhere]")].filter((one) => one.dataset.anywhere.split(" ").includes(named(event)));
  return buttons.find((one) => one.id !== "help") ?? buttons[0]; // what a view needs the key for comes before its help
}

// Whether a key sends something, here or, typed ahead, on the page to come.
const sends = (event, button) => (button ? button.type === "submit" : /^(Enter|F\d+)$/.test(event.key));

window.addEventListener(
  "keydown",
  (event) => {
    if (!event.isTrusted) return; // typed ahead, and pressed once already
    const dialog = document.querySelector("dialog[open]");
    if (dialog) {
      // What lies behind it hears nothing; its own button and Esc are the browser's.
      event.stopImmediatePropagation();
      if (event.key === "F1" || event.key === "?") {
        event.preventDefault();
        dialog.close();
      }
      return;
    }
    const again = event.repeat || (event.key === pressed.key && event.timeStamp - pressed.at < MOMENT);
    pressed.key = event.key;
    pressed.at = event.timeStamp;
    if (!again || !sends(event, buttonOf(event))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  true,
);
// What was written in between is no second press.
window.addEventListener("input", (event) => event.isTrusted && (pressed.key = ""), true);

// What a button does stands in a script that comes later: pressed before it is there, by key or by hand, it is pressed
// once all are.
const early = new Set();
let isReady = false;
const isEarly = (event, button) => !isReady && event.isTrusted && button?.type === "button" && early.add(button);
window.addEventListener("click", (event) => isEarly(event, event.target.closest("button")) && event.stopImmediatePropagation(), true);
document.addEventListener("DOMContentLoaded", () => {
  isReady = true;
  for (const button of early) button.click();
});

document.addEventListener("keydown", (event) => {
  const button = buttonOf(event);
  if (!button) return;
  event.preventDefault();
  if (button.disabled || event.repeat) return;
  if (button.matches("input")) button.focus();
  else if (!isEarly(event, button)) button.click();
});
