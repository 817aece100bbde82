// What is chosen beside the scan button stays while other pages are looked at, before anything was scanned by it, too. Nobody
// meets the choice of another person: it goes with the places that were kept.
"use strict";

{
  const key = `place:${document.body.dataset.person}:choices:${location.pathname}`;
  const lists = [...document.querySelectorAll(".scan-choices select")];
  const chosen = JSON.parse(sessionStorage.getItem(key)) ?? {};
  const keep = () => sessionStorage.setItem(key, JSON.stringify(Object.fromEntries(lists.map((one) => [one.name, one.value]))));
  for (const list of lists) {
    if ([...list.options].some((one) => one.value === chosen[list.name])) list.value = chosen[list.name];
    list.addEventListener("change", keep);
  }
}
