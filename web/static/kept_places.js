// From one view of a ledger to the next by their names, each is met again where it was left: at the page, the entry, the
// part of a list. The name of the view that is open leads to its beginning, where work waits. Nobody meets the places of
// another person.
"use strict";

{
  const PLACE = ["page", "entry", "part", "only", "book", "second"];
  const own = () => `place:${document.body.dataset.person}:`;

  function keep() {
    const asked = new URLSearchParams(location.search);
    const place = new URLSearchParams(PLACE.filter((name) => asked.has(name)).map((name) => [name, asked.get(name)]));
    if (place.size) sessionStorage.setItem(own() + location.pathname, place);
    else sessionStorage.removeItem(own() + location.pathname);
  }

  function forget(isKept) {
    for (const key of Object.keys(sessionStorage)) {
      if (key.startsWith("place:") && !isKept(key)) sessionStorage.removeItem(key);
    }
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-logout]")) forget(() => false);
    const link = event.target.closest(".ledger-bar nav a:not([aria-current])");
    if (!link) return;
    keep();
    const place = sessionStorage.getItem(own() + link.pathname);
    link.search = place ? `${place}&kept=1` : "";
  }, true);
  addEventListener("DOMContentLoaded", () => forget((key) => key.startsWith(own())));
}
