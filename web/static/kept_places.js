// The views of a ledger are met again where they were left: at the page, the entry, the part of a list. The name of the
// view that is open leads to its beginning, where work waits.
"use strict";

{
  const PLACE = ["page", "entry", "part", "only", "book", "second"];
  const keyOf = (view) => `place:${view.pathname}`;

  function keep() {
    const asked = new URLSearchParams(location.search);
    const place = new URLSearchParams(PLACE.filter((name) => asked.has(name)).map((name) => [name, asked.get(name)]));
    if (place.size) sessionStorage.setItem(keyOf(location), place);
    else sessionStorage.removeItem(keyOf(location));
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest(".ledger-bar nav a:not([aria-current])");
    if (!link) return;
    const place = sessionStorage.getItem(keyOf(link));
    link.search = place ? `${place}&kept=1` : "";
  }, true);
  addEventListener("pagehide", keep);
}
