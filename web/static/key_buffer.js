// Keys that are typed while no form is there to take them are kept in their order, and typed when one is there again.
"use strict";

const keyBuffer = (() => {
  const EDITING = ["Enter", "Tab", "Backspace", "Delete", "ArrowLeft", "ArrowRight", "Home", "End", "Escape"];
  const PRESSING = ["ArrowUp", "ArrowDown", "PageUp", "PageDown", "F2", "F3", "F4", "F6", "F7", "F8", "F9", "F10"];
  const KNOWN = new Set([...EDITING, ...PRESSING]);
  const held = [];
  let holding = true; // from the first sight of a page, until its script has put the form in place

  window.addEventListener(
    "keydown",
    (event) => {
      if (!holding || !event.isTrusted || event.altKey || event.metaKey || event.target.matches("select, textarea")) return;
      if (event.ctrlKey && event.key !== "Enter") return;
      if (event.key.length > 1 && !KNOWN.has(event.key)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      held.push({ key: event.key, ctrlKey: event.ctrlKey, shiftKey: event.shiftKey });
    },
    true,
  );

  // What a browser does with a key, for the keys that are of use in a form.
  function type(key) {
    const field = document.activeElement;
    const event = new KeyboardEvent("keydown", { ...key, bubbles: true, cancelable: true });
    if (!field.dispatchEvent(event) || !field.matches("input")) return;
    if (key.key.length === 1) document.execCommand("insertText", false, key.key);
    else if (key.key === "Backspace") document.execCommand("delete");
    else if (key.key === "Delete") document.execCommand("forwardDelete");
    else if (key.key === "Enter") field.form?.requestSubmit(field.form.querySelector("button:not([type=button])"));
    else if (key.key === "Tab") neighbour(field, key.shiftKey ? -1 : 1)?.select();
    else if (field.setSelectionRange) moveCaret(field, key.key);
  }

  function neighbour(field, step) {
    const fields = [...(field.form?.elements ?? document.querySelectorAll("input"))].filter((one) => one.matches("input:not([type=hidden])") && one.offsetParent);
    return fields[fields.indexOf(field) + step];
  }

  function moveCaret(field, key) {
    const { selectionStart: start, selectionEnd: end, value } = field;
    const place = { Home: 0, End: value.length, ArrowLeft: start === end ? Math.max(0, start - 1) : start, ArrowRight: start === end ? start + 1 : end }[key];
    if (place !== undefined) field.setSelectionRange(place, place);
  }

  return {
    // From here on keys are kept.
    hold() {
      holding = true;
    },
    // Type what was kept, with `before` first, as far as no form goes away again.
    release(before = []) {
      held.unshift(...before);
      holding = false;
      while (held.length && !holding) type(held.shift());
    },
    // What was kept until no key has come for so long (ms); it is given up, to be typed another time.
    async rest(quiet) {
      for (let count = -1; count !== held.length; ) {
        count = held.length;
        await new Promise((later) => setTimeout(later, quiet));
      }
      return held.splice(0);
    },
  };
})();
