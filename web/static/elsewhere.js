// A ledger that goes on at another station is only looked at: what would be sent of it can be neither filled in nor pressed.
"use strict";

{
  const lock = () => {
    for (const form of document.querySelectorAll("main form[method=post]")) for (const one of form.elements) one.disabled = true;
  };
  lock();
  new MutationObserver(lock).observe(document.getElementById("main"), { childList: true, subtree: true }); // parts come anew
}
