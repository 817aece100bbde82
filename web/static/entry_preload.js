// The pages that wait for an entry are loaded before they are turned to; what a form proposes follows what was sent.
"use strict";

const entryPreload = (() => {
  const MOST = 5;
  let pages = [];
  let last = null; // the page behind which the next one is looked for
  let ended = true;
  let carried = {};

  function show(page) {
    page.main.querySelectorAll(".paper-scroll img").forEach((picture) => (new Image().src = picture.src));
  }

  // Load one more; says whether there was any to load.
  async function load(shown, address) {
    if (ended || pages.length >= MOST) return false;
    const behind = last;
    let page;
    try {
      page = await readPage(await fetch(`${address}?after=${encodeURIComponent(behind)}`, { headers: { "X-Fragment": "1" } }));
    } catch {
      return false; // without it, the answer to what is sent next brings the page
    }
    if (behind !== last) return true; // somebody turned elsewhere meanwhile
    ended = !page.label || page.label === shown() || pages.some((one) => one.label === page.label);
    if (ended) return false;
    pages.push(page);
    last = page.label;
    if (pages.length < 3) show(page);
    return true;
  }

  const isRead = (field) => field.matches(".read-sure, .read-likely");
  const partsOf = (date) => date.match(/^(?:(?:[0-9]{0,2}[/.-])?([0-9]{0,2})[/.-])?([0-9]{4})$/);

  return {
    load,
    // From here on the pages behind this one are loaded, and all that is shown comes from the station.
    from(label) {
      [pages, last, ended, carried] = [[], label, false, {}];
    },
    // The next page that was loaded and is not among those that are `done`.
    next(done) {
      while (pages.length) {
        const page = pages.shift();
        if (pages[1]) show(pages[1]);
        if (!done.has(page.label)) return page;
      }
      return undefined;
    },
    // The page of this label, if it was loaded; those before it are left out.
    of(label) {
      const place = pages.findIndex((page) => page.label === label);
      return place < 0 ? undefined : pages.splice(0, place + 1).at(-1);
    },
    // Remember what was sent, for the pages that were loaded before.
    remember(form, printed, count) {
      if (form) {
        carried.number = form.elements.number.value;
        [, carried.month, carried.year] = partsOf(form.elements.date.value) ?? [];
      }
      if (/^[0-9]+$/.test(printed)) carried.printed = Number(printed) + count;
    },
    // Put into the form of a page that was loaded before what the station would propose now.
    carryOver(form, printed) {
      if (printed.classList.contains("proposed") && carried.printed > Number(printed.value)) printed.value = carried.printed;
      if (!form || form.elements.entry.value || !carried.number) return;
      const { number, date } = form.elements;
      const numbers = JSON.parse(form.dataset.numbers);
      const year = carried.year ?? partsOf(date.value)?.[2];
      const following = String(parseInt(carried.number, 10) + 1).padStart(3, "0");
      // What stands on the paper comes before the register's order.
      if (!isRead(number) && number.value === numbers[partsOf(date.value)?.[2]]) number.value = following;
      if (!isRead(number) && year) form.dataset.numbers = JSON.stringify({ ...numbers, [year]: following });
      if (date.value.startsWith("/") && carried.year) date.value = `/${carried.month ?? ""}/${carried.year}`;
    },
  };
})();
