// The entry view: its fields step and fill themselves, and the next page is there while the station saves this one.
"use strict";

// A page as the station gave it.
async function readPage(answer) {
  const html = new DOMParser().parseFromString(await answer.text(), "text/html");
  const main = html.querySelector("main");
  const view = main.querySelector(".indexing");
  return {
    main,
    label: view?.dataset.label,
    url: view ? new URL(`${view.dataset.address}?${view.dataset.query}`, answer.url).href : answer.url,
    isRefused: !answer.ok || main.querySelector(".notice.refused") !== null,
    isStrange: !html.body.dataset.person,
  };
}

const entryView = (() => {
  const SEPARATORS = ["/", ".", "-"];
  const one = (chosen) => document.querySelector(chosen);
  const form = () => one("#entry");
  const shownLabel = () => one(".indexing")?.dataset.label;
  const done = new Set(); // pages that were sent
  const sent = []; // what was sent and not answered
  const refused = []; // pages that came back while another one had
  let isWaiting = false; // for a page of the station's
  let cameBack = false; // the page that is shown was refused
  let kept; // keys for a page that went away under somebody's hands

  // Sending

  function labelsOf(text, shown, following) {
    const around = [shown, ...following];
    return text.split(",").flatMap((part) => {
      const [first, last] = part.trim().split("-");
      const [from, to] = [around.indexOf(first), around.indexOf(last)];
      return last && from >= 0 && to >= from ? around.slice(from, to + 1) : [first, last].filter(Boolean);
    });
  }

  // Whether the next page that waits follows; else the station says what does.
  function goesOn(body) {
    return body.get("then") !== "again" && !["closing", "unsorted"].includes(body.get("state"));
  }

  function send(sending, button) {
    const body = new FormData(sending, button);
    const isEntry = sending.id === "entry";
    const printed = one("#printed")?.value ?? "";
    if (sending.id === "undo" && sent.length) body.set("act", ""); // what is on the way is newer than what is shown
    if (sending.matches(".holds")) body.set("printed", printed); // who says that a page is blank confirms its number too
    const labels = isEntry ? labelsOf(body.get("pages"), shownLabel(), sending.dataset.following.split(",")) : [shownLabel()];
    const letter = { draft: takeDraft(sending), labels, next: undefined };
    const says = sending.matches("#entry, .holds, #totals"); // else it leaves the page to be said something of
    if (says) entryPreload.remember(isEntry && !body.get("entry") && sending, printed, labels.length);
    sent.push(letter);
    outbox.add(async () => {
      body.set("csrf_token", one("main [name=csrf_token]")?.value ?? body.get("csrf_token"));
      const answer = await outbox.ask(sending.action, { method: "POST", body: new URLSearchParams(body) });
      await settle(letter, answer, await readPage(answer));
    });
    cameBack = false;
    const onward = says && goesOn(body);
    if (onward) labels.forEach((label) => done.add(label));
    const back = onward && refused.shift();
    const next = back || (onward && entryPreload.next(done));
    if (!next) return wait();
    letter.next = next.label;
    show(next, { isLoadedAhead: !back });
    cameBack = Boolean(back);
  }

  async function settle(letter, answer, page) {
    if (page.isStrange) {
      askForLogin(answer.url);
      return new Promise(() => {});
    }
    sent.splice(sent.indexOf(letter), 1);
    if (page.isRefused) {
      letter.labels.forEach((label) => done.delete(label));
      returnDraft(letter.draft);
      await comeBack(page);
    } else if (isWaiting) {
      if (!sent.length) show(refused.shift() ?? page, { isReplaced: true });
    } else if (letter.next && letter.next === page.label && page.label === shownLabel()) freshen(page);
    tellSaving();
  }

  // A page that was refused is shown again. What the hands are at belongs to the page they were on, until they rest.
  async function comeBack(page) {
    if (cameBack) {
      refused.push(page);
      return;
    }
    const field = document.activeElement;
    const left = { label: isWaiting ? undefined : shownLabel(), caret: field === form()?.elements.date ? field.selectionStart : undefined };
    show(page, { isHeld: true });
    cameBack = true;
    const keys = await keyBuffer.rest();
    if (keys.length) kept = { ...left, keys };
    focus(form());
    keyBuffer.release();
  }

  function wait() {
    isWaiting = true;
    keyBuffer.hold();
    document.activeElement.blur();
    one("main").setAttribute("aria-busy", "true");
    tellSaving();
  }

  function tellSaving() {
    const saving = one("#saving");
    if (saving) saving.hidden = !sent.length;
  }

  // Showing

  function show(page, { isLoadedAhead = false, isReplaced = false, isHeld = false } = {}) {
    keyBuffer.hold();
    isWaiting = false;
    one("main").replaceChildren(...page.main.childNodes);
    one("main").removeAttribute("aria-busy");
    if (page.url !== location.href) history[isReplaced ? "replaceState" : "pushState"](null, "", page.url);
    begin({ isLoadedAhead, isHeld });
  }

  function turn(url, how = {}) {
    const loaded = url.searchParams.size === 1 && entryPreload.of(url.searchParams.get("page"));
    if (loaded) return show(loaded, { isLoadedAhead: true, ...how });
    wait();
    outbox.add(async () => {
      const answer = await outbox.ask(url.href);
      const page = await readPage(answer);
      if (!page.isStrange) return show(page, how);
      askForLogin(answer.url);
    });
  }

  // What the station proposes by now, for fields that nobody touched; lists anew.
  function freshen(page) {
    for (const chosen of [".entry-head .waiting", ".undoing", ".near", ".page-strip"]) {
      const [old, fresh] = [one(chosen), page.main.querySelector(chosen)];
      if (old && fresh && !old.contains(document.activeElement)) old.replaceWith(fresh);
    }
    const fresh = page.main.querySelector("#entry");
    if (!form() || !fresh) return;
    form().dataset.numbers = fresh.dataset.numbers;
    for (const field of [form().elements.number, form().elements.date, one("#printed")]) {
      const now = page.main.querySelector(`#${field.id}`);
      if (field.value !== field.dataset.began || field.value === now.value) continue;
      const { selectionStart: start, selectionEnd: end } = field;
      const isWhole = start === 0 && end === field.value.length;
      field.value = field.dataset.began = now.value;
      if (field === document.activeElement) field.setSelectionRange(start, isWhole ? field.value.length : end);
    }
  }

  // The form of the page that is shown

  function begin({ isLoadedAhead = false, isHeld = false } = {}) {
    if (!shownLabel()) return keyBuffer.release();
    const entry = form();
    if (isLoadedAhead) entryPreload.carryOver(entry, one("#printed"));
    else entryPreload.from(shownLabel());
    outbox.useSpareTime(() => entryPreload.load(shownLabel, one(".indexing").dataset.address));
    if (entry) for (const field of [entry.elements.number, entry.elements.date, one("#printed")]) field.dataset.began = field.value;
    bringBackDrafts();
    if (entry) listenTo(entry);
    showPaper();
    tellSaving();
    if (isHeld) return;
    focus(entry);
    const keys = kept && (kept.label ?? shownLabel()) === shownLabel() ? kept : undefined;
    if (keys) kept = undefined;
    if (keys?.caret !== undefined) entry?.elements.date.setSelectionRange(keys.caret, keys.caret);
    keyBuffer.release(keys?.keys);
  }

  // A date begins as /1/2007 or, half typed, as 15//2007: what is typed comes where a part is missing.
  function focus(entry) {
    if (!entry) return one("#closing_pages")?.focus();
    const field = entry.elements[entry.dataset.focus];
    field.focus();
    const gap = field.value.startsWith("/") ? 0 : field.value.indexOf("//") + 1 || -1;
    if (field.id === "date" && gap >= 0) field.setSelectionRange(gap, gap);
    else field.select();
  }

  function listenTo(entry) {
    const { number, date, pages } = entry.elements;
    const proposed = number.value;
    const isNew = entry.elements.entry.value === "";

    // A separator steps over to the next part. It is looked for when it stands there: a composed one is no key.
    const stepOver = () => {
      const at = date.selectionStart;
      if (!SEPARATORS.includes(date.value[at - 1]) || date.value[at] !== "/") return;
      date.value = date.value.slice(0, at - 1) + date.value.slice(at);
      const end = date.value.indexOf("/", at);
      date.setSelectionRange(at, end < 0 ? date.value.length : end);
    };
    date.addEventListener("input", (event) => {
      if (!event.isComposing && event.inputType?.startsWith("insert")) stepOver();
    });
    date.addEventListener("compositionend", stepOver);

    // Numbers begin anew each year: the one proposed follows the year that is typed.
    date.addEventListener("input", () => {
      const year = date.value.match(/(?:^|[/.\-])([0-9]{4})$/)?.[1];
      if (isNew && !number.dataset.typed && year) number.value = JSON.parse(entry.dataset.numbers)[year] ?? proposed;
    });
    number.addEventListener("input", () => {
      number.dataset.typed = "yes";
      one("#suffix").hidden = !/[a-z]/i.test(number.value);
    });

    // Enter saves after it, whatever pressed it.
    one("#add-page").addEventListener("click", () => {
      if (document.activeElement === one("#add-page")) focus(entry);
      const following = entry.dataset.following.split(",");
      const shown = entry.elements.page.value;
      const [first, last] = pages.value.split("-");
      const next = following[following.indexOf(last ?? "") + 1];
      if (!next || first !== shown) return;
      pages.value = `${shown}-${next}`;
      pages.dispatchEvent(new Event("input", { bubbles: true }));
    });
    // A composed plus is a text and no key; it stands there for good when its composition ends.
    const takePlus = ({ target, isComposing }) => {
      if (isComposing || target.matches("#why, #suffix_reason") || !target.value.includes("+")) return;
      target.value = target.value.replaceAll("+", "");
      one("#add-page").click();
    };
    entry.addEventListener("input", takePlus);
    entry.addEventListener("compositionend", takePlus);
  }

  // In the capturing phase: before drafts.js takes what is sent for gone, and before the outbox holds it back.
  document.addEventListener("submit", (event) => {
    const isAsking = event.target.matches(".indexing [role=search]");
    if (!isAsking && !event.target.matches("#entry, .holds, #totals, #undo, #turn-page")) return;
    event.preventDefault();
    if (isWaiting) return;
    if (isAsking) turn(new URL(`?${new URLSearchParams(new FormData(event.target))}`, location.href));
    else send(event.target, event.submitter);
  }, true);
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".indexing a[href]");
    if (!link || event.ctrlKey || event.shiftKey || new URL(link.href).pathname !== location.pathname) return;
    event.preventDefault();
    turn(new URL(link.href));
  }, true);
  window.addEventListener("popstate", () => turn(new URL(location.href), { isReplaced: true }));
  // What was not answered for comes back with its page.
  window.addEventListener("pagehide", () => sent.forEach((letter) => returnDraft(letter.draft)));

  return { begin };
})();

entryView.begin();
