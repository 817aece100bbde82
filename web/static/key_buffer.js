// Keys that are typed while no form is there to take them are kept in their order, and typed when one is there again.
"use strict";

const keyBuffer = (() => {
  const EDITING = ["Enter", "Tab", "Backspace", "Delete", "ArrowLeft", "ArrowRight", "Home", "End", "Escape"];
  const PRESSING = ["ArrowUp", "ArrowDown", "PageUp", "PageDown", "F2", "F3", "F4", "F6", "F7", "F8", "F9", "F10"];
  const KNOWN = new Set([...EDITING, ...PRESSING]);
  const QUIET = 600; // ms: hands that rest so long have seen what is shown
  const CARRIED = "keys-carried";
  const FRESH = 5_000; // ms between keys put aside and the next page being asked for; what is older was for another one
  const held = carried();
  let holding = true; // from the first sight of a page, until its script has put the form in place
  let isLeading = false;
  let kept = { address: "", keys: [] }; // for an address that nothing led to yet

  function carried() {
    const { at, keys } = JSON.parse(sessionStorage.getItem(CARRIED)) ?? { at: 0, keys: [] };
    sessionStorage.removeItem(CARRIED);
    return performance.timeOrigin - at < FRESH ? keys : [];
  }

  window.addEventListener(
    "keydown",
    (event) => {
      if (!holding || !event.isTrusted || event.altKey || event.metaKey || event.target.matches("select, textarea")) return;
      if (event.ctrlKey && !["Enter", "Delete"].includes(event.key)) return;
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

  // Type what was kept, with `before` first, as far as no form goes away again.
  function release(before = []) {
    held.unshift(...before);
    holding = false;
    while (held.length && !holding) type(held.shift());
  }

  // What was kept until the hands rest; it is given up, to be typed another time.
  async function rest() {
    for (let count = -1; count !== held.length; ) {
      count = held.length;
      await new Promise((later) => setTimeout(later, QUIET));
    }
    return held.splice(0);
  }

  return {
    // The form is in place: the hands begin at `first`, or stay in the field into which somebody went before.
    begin(fields, first) {
      const chosen = fields.includes(document.activeElement) ? document.activeElement : first;
      chosen.blur(); // it tells the form where it is
      chosen.focus();
    },
    // From here on keys are kept.
    hold() {
      holding = true;
    },
    release,
    rest,
    // Do what leads to `address` where it comes true; keys that come meanwhile are typed there. Where it does not, `stay`
    // gives the field back, and they wait for the next time that it leads there.
    async lead(address, act, stay) {
      if (isLeading) return;
      isLeading = holding = true;
      document.activeElement.blur(); // an input method writes nowhere meanwhile
      if (await act()) {
        if (kept.address === address) held.unshift(...kept.keys);
        window.addEventListener("pagehide", () => held.length && sessionStorage.setItem(CARRIED, JSON.stringify({ at: performance.timeOrigin + performance.now(), keys: held.splice(0) })));
        return location.assign(address);
      }
      const keys = await rest();
      while (keys[0]?.key === "F10") keys.shift(); // pressed once more because nothing came, and not for what is to come
      kept = { address, keys: kept.address === address ? [...kept.keys, ...keys] : keys };
      isLeading = false;
      stay();
      release();
    },
  };
})();
