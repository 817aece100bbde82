// The entry view's form: its fields step and fill themselves.
"use strict";

const form = document.getElementById("entry");

if (form) {
  const { number, date, pages } = form.elements;
  const numbers = JSON.parse(form.dataset.numbers);
  const proposed = number.value;
  const isNew = form.elements.entry.value === "";

  // A date begins as /1/2007: what is typed comes before, a separator steps over to the next part.
  const field = form.elements[form.dataset.focus];
  field.focus();
  if (field === date && date.value.startsWith("/")) date.setSelectionRange(0, 0);
  else field.select();

  date.addEventListener("keydown", (event) => {
    if (!["/", ".", "-"].includes(event.key) || date.value[date.selectionStart] !== "/" || date.selectionStart !== date.selectionEnd) return;
    event.preventDefault();
    const start = date.selectionStart + 1;
    const end = date.value.indexOf("/", start);
    date.setSelectionRange(start, end < 0 ? date.value.length : end);
  });

  // Numbers begin anew each year: the one proposed follows the year that is typed.
  date.addEventListener("input", () => {
    const year = date.value.match(/(?:^|[/.\-])([0-9]{4})$/)?.[1];
    if (isNew && !number.dataset.typed && year) number.value = numbers[year] ?? proposed;
  });
  number.addEventListener("input", () => {
    number.dataset.typed = "yes";
    document.getElementById("suffix").hidden = !/[a-z]/i.test(number.value);
  });

  document.getElementById("add-page").addEventListener("click", () => {
    const following = form.dataset.following.split(",");
    const shown = form.elements.page.value;
    const [first, last] = pages.value.split("-");
    const next = following[following.indexOf(last ?? "") + 1];
    if (!next || first !== shown) return;
    pages.value = `${shown}-${next}`;
    pages.dispatchEvent(new Event("input", { bubbles: true }));
  });

  // Who says that a page is blank confirms its printed number too.
  document.querySelector(".holds")?.addEventListener("submit", (event) => {
    event.target.elements.printed.value = form.elements.printed.value;
  });

  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => delete form.dataset.sent);
}
