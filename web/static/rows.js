// Keying a row: Enter steps over what is filled, a group is stored when it is left, and what is not stored yet outlives
// a closed browser. Letters are for writing and for input methods: only Enter, the arrow down and F keys act.
"use strict";

showPaper();
const row = document.getElementById("row");
if (row) keying();
keyBuffer.release();

function keying() {
  const groups = document.getElementById("row-groups");
  // In a row that is with somebody else there is nothing to type, and so nothing to store.
  const fields = "lent" in row.dataset ? [] : [...groups.querySelectorAll("[data-column]")];
  const error = document.getElementById("row-error");
  const hint = document.getElementById("row-hint");
  const finish = document.getElementById("row-finish");
  const undo = document.getElementById("undo");
  const doubts = document.getElementById("row-doubts");
  const oddFirst = document.getElementById("row-odd-first");
  const ditto = JSON.parse(row.dataset.ditto);
  const earlier = JSON.parse(row.dataset.earlier);
  const isReview = "review" in row.dataset;
  const MINE = `row:${document.body.dataset.person}:`;
  const DRAFT = `${MINE}${row.dataset.url}`;
  let revision = row.dataset.revision;
  let current = null;
  let storing = Promise.resolve(true);
  let told = ""; // the doubts with which F10 came back to the row
  let comesBack = false;
  let leading = Promise.resolve();

  const groupOf = (field) => field.closest("[data-group]");
  const isProposed = (field) => field.classList.contains("proposed");
  // What is proposed is no one's word, and never stored, before somebody goes on from it; emptied, it is one.
  const isTyped = (field) => !isProposed(field) && (field.value.trim() !== field.dataset.stored || (field.value === "" && "proposal" in field.dataset));
  const isLacking = (field) => field.ariaRequired && field.value.trim() === "";
  const isShown = (field) => field.checkVisibility();
  const marks = () => [...doubts.querySelectorAll("[data-mark]")].map((one) => one.dataset.mark);
  const byColumn = (name) => fields.find((field) => field.dataset.column === name);

  // What was typed and not stored yet.
  function keepDraft() {
    const typed = fields.filter(isTyped);
    if (typed.length) localStorage.setItem(DRAFT, JSON.stringify(Object.fromEntries(typed.map((field) => [field.dataset.column, field.value]))));
    else localStorage.removeItem(DRAFT);
  }

  function bringBackDraft() {
    for (const key of Object.keys(localStorage)) if (key.startsWith("row:") && !key.startsWith(MINE)) localStorage.removeItem(key);
    const kept = Object.entries(JSON.parse(localStorage.getItem(DRAFT)) ?? {});
    const draft = kept.filter(([name, value]) => byColumn(name) && [byColumn(name).dataset.stored, byColumn(name).value].some((one) => one !== value.trim()));
    for (const [name, value] of draft) {
      set(byColumn(name), value);
      groupOf(byColumn(name)).open = true;
    }
    document.getElementById("row-draft").hidden = !draft.length;
  }

  function set(field, value) {
    field.value = value;
    field.classList.remove("proposed");
    dress(field);
    keepDraft();
  }

  function propose(field, value) {
    set(field, value);
    field.classList.add("proposed");
    field.dataset.proposal = value;
  }

  const accept = (some) => some.filter(isProposed).forEach((field) => set(field, field.value));

  // Who types shows a sign of life now and then, so that the row stays with them.
  const SIGN_OF_LIFE = 30_000;
  let seen = -SIGN_OF_LIFE;
  function hold() {
    if (performance.now() - seen < SIGN_OF_LIFE) return;
    seen = performance.now();
    fetch(row.dataset.hold, { method: "POST", headers: { "X-CSRFToken": row.dataset.token } }).catch(() => {}); // what is stored tells
  }

  // The meaning of a code beside it, and marks in another colour.
  function dress(field) {
    field.classList.toggle("marked", ["?", "-"].includes(field.value.trim()));
    const output = field.parentElement.querySelector("output");
    if (output) output.value = codesOf(field).find((one) => one.startsWith(`${field.value.trim()} `))?.replace(/^\S+ /, "") ?? "";
  }

  const codesOf = (field) => field.dataset.codes?.split("|") ?? [];

  // Stored one after the other, so that each tells the revision of the one before.
  function store(group) {
    storing = storing.then(() => send(group));
    return storing;
  }

  const columnsOf = (changed) => Object.fromEntries(changed.map((field) => [field.dataset.column, field.value]));

  // Say something of the row; gives what is answered, a refusal among it. Nothing, and the person is told, where nobody answers.
  async function ask(url, body, more = {}) {
    const headers = { "Content-Type": "application/json", "X-CSRFToken": row.dataset.token };
    const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body), ...more }).catch(() => null);
    if (answer && !answer.redirected && (answer.ok || answer.status === 409)) return answer.json();
    tell(row.dataset.unsaved);
    return null;
  }

  async function send(group) {
    const changed = fields.filter((field) => groupOf(field) === group && isTyped(field));
    if (!changed.length) return !group.querySelector("[aria-invalid]");
    const sent = new Map(changed.map((field) => [field, field.value]));
    const said = await ask(row.dataset.url, { columns: columnsOf(changed), revision });
    if (!said) return false;
    for (const field of changed) field.toggleAttribute("aria-invalid", said.column === field.dataset.column);
    if (said.error) return tell(said.error);
    revision = said.revision;
    for (const field of fields) {
      const stored = said.values[field.dataset.column] ?? "";
      const asSent = field.value === (sent.get(field) ?? field.dataset.stored);
      field.dataset.stored = stored;
      if (sent.has(field)) delete field.dataset.proposal;
      if (isProposed(field) ? stored : asSent) set(field, stored);
    }
    keepDraft();
    tell("");
    show(said);
    return true;
  }

  function show(said) {
    const state = document.getElementById("row-state");
    state.textContent = said.state_words;
    state.className = `state row-${said.state}`;
    document.getElementById("rows-left").textContent = said.left_words;
    const wayOn = document.getElementById("way-on");
    if (wayOn) wayOn.hidden = said.left > 0;
    document.getElementById("row-draft").hidden = true;
    doubts.innerHTML = said.doubts;
    doubts.hidden = !doubts.childElementCount;
    if (undo) {
      undo.hidden = !said.undo;
      undo.elements.act.value = said.undo?.act ?? "";
      undo.querySelector("span").textContent = said.undo?.words ?? "";
    }
  }

  function tell(sentence) {
    error.textContent = sentence;
    error.hidden = !sentence;
    return !sentence;
  }

  // Enter goes to the next field that is empty and may have something to tell, behind the last one to the button that
  // stores all; who reviews a row goes from value to value.
  function following(field) {
    const behind = fields.slice(fields.indexOf(field) + 1).filter(isShown);
    const isOpen = (one) => (one.value === "" && byColumn(one.dataset.detailOf)?.value !== "0") || one.hasAttribute("aria-invalid");
    return behind.find((one) => isReview || isOpen(one)) ?? finish;
  }

  // Who goes on says what was proposed on the way: in the field, and in its whole group where it is left.
  function step(field) {
    const target = following(field);
    const place = fields.indexOf(field);
    const end = target === finish ? fields.length : fields.indexOf(target);
    const isLeft = target === finish || groupOf(target) !== groupOf(field);
    accept(fields.filter((one, index) => (index >= place && index < end) || (isLeft && groupOf(one) === groupOf(field))));
    target.focus();
  }

  async function storeAll() {
    const all = [...new Set(fields.filter(isTyped).map(groupOf))];
    for (const group of all) if (!(await store(group))) return false;
    return storing;
  }

  const leave = (address) => lead(address, storeAll);

  // Who ends a row says all that is proposed in it; in one in which nobody said anything yet, only where nothing lacks.
  function finishRow() {
    if (Number(revision) || fields.some(isTyped) || !fields.some(isLacking)) accept(fields);
    lead(row.dataset.following, async () => (await storeAll()) && (!fields.length || (isTold() && (!row.dataset.done || (await look())))));
  }

  // What is odd is told before the row is left: F10 once more goes on, and so does the answer.
  function isTold() {
    const open = marks().join();
    comesBack = open !== "" && open !== told;
    if (comesBack) told = open;
    return !comesBack;
  }

  // What was typed is stored first; where it raises other doubts than were to be seen, these are read first.
  async function sayAsOnPage() {
    const shown = marks();
    await leading; // F10 may be on its way back
    if (!(await storeAll()) || marks().join() !== shown.join()) return;
    const said = await ask(doubts.dataset.answer, { doubts: shown });
    if (!said) return;
    if (said.error) return tell(said.error);
    show(said);
    if (shown.join() === told) finishRow();
  }

  // The field that an odd value stands in, to be corrected.
  function oddField() {
    const columns = doubts.querySelector("[data-mark]").dataset.columns.split(" ");
    const field = columns.map(byColumn).find(Boolean);
    if (field) groupOf(field).open = true;
    return field;
  }

  function lead(address, act) {
    const left = current;
    comesBack = false;
    oddFirst.hidden = true;
    const way = keyBuffer.lead(address, act, () => {
      oddFirst.hidden = !comesBack;
      const wrong = fields.find((field) => field.hasAttribute("aria-invalid")) ?? (comesBack ? oddField() : null) ?? left ?? finish;
      wrong.focus();
      wrong.select?.(); // what is typed now takes its place
    });
    leading = Promise.all([leading, way]);
  }

  // A second look ends with what the person says of the row as it is now.
  async function look(note = "") {
    const said = await ask(row.dataset.done, { columns: {}, revision, done: true, note });
    return said !== null && tell(said.error ?? "");
  }

  function reject() {
    const note = document.getElementById("row-note");
    if (!note.value.trim()) note.focus();
    else lead(row.dataset.following, async () => (await storeAll()) && (await look(note.value)));
  }

  // What may be meant: values of the same kind in this row, then those typed before; letters without signs, and the
  // first letters of words, are enough. Who somebody is is proposed for nobody else.
  const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[đĐ]/g, "d").toLowerCase();
  const initials = (text) => plain(text).split(/[^a-z0-9]+/).map((word) => word[0] ?? "").join("");

  function candidates(field, typed) {
    if (!field.dataset.family) return [];
    const persons = field.dataset.persons?.split(" ").map(byColumn).filter(Boolean);
    const alike = persons ?? fields.filter((one) => one !== field && one.dataset.family === field.dataset.family);
    const inRow = alike.map((one) => one.value.trim());
    const before = typed || persons ? earlier[field.dataset.family] ?? [] : [ditto[field.dataset.column] ?? ""];
    const all = [...new Set([...inRow, ...before])].filter((text) => text && !["?", "-"].includes(text));
    const asked = plain(typed.trim());
    return all.filter((text) => text !== field.value && (plain(text).startsWith(asked) || (asked.length > 1 && initials(text).startsWith(asked))));
  }

  function offer(field) {
    const codes = codesOf(field);
    const [first] = candidates(field, field.dataset.typed ?? "");
    hint.textContent = codes.length ? codes.map((one) => one.replace(" ", "\u00a0")).join(" · ") : first ? `↓ ${first}` : "";
    field.scrollIntoView({ block: "nearest" }); // many codes take room from the fields
  }

  // The date that was typed, in words, where a column asks for it and nobody has typed it.
  async function sayInWords(date) {
    const field = fields.find((one) => one.dataset.wordsOf === date.dataset.column);
    const typed = date.value;
    if (!field || typed === date.dataset.inWords || (field.value && !isProposed(field))) return;
    date.dataset.inWords = typed;
    const answer = await fetch(`${row.dataset.words}?${new URLSearchParams({ date: typed })}`).catch(() => null);
    if (!answer) delete date.dataset.inWords;
    const said = answer?.ok && !answer.redirected ? (await answer.json()).text : "";
    if (said && typed === date.value && (!field.value || isProposed(field))) propose(field, said);
  }

  const ACTS = {
    ditto: () => {
      if (!current) return;
      if (ditto[current.dataset.column]) fill(current, ditto[current.dataset.column]);
      else hint.textContent = row.dataset.nothingBefore;
    },
    "ditto-group": () => {
      if (!current) return;
      const here = fields.filter((field) => groupOf(field) === groupOf(current));
      // What was typed stays, and no two entries share people, their numbers and dates: those take a key of their own.
      const isShared = (field) => field.dataset.codes || !["", "people", "numbers"].includes(field.dataset.family);
      const given = here.filter((one) => one.value === "" && isShared(one) && ditto[one.dataset.column]);
      if (!given.length) return (hint.textContent = row.dataset.nothingBeforeGroup);
      for (const field of given) propose(field, ditto[field.dataset.column]);
      const first = here.filter(isShown).find((field) => field.value === "");
      (first ?? following(here.at(-1))).focus();
    },
    illegible: () => current && fill(current, "?"),
    "nothing-written": () => current && fill(current, "-"),
    unfold: () => {
      const open = groups.classList.toggle("all");
      for (const one of groups.querySelectorAll("details")) one.open = open;
    },
  };

  function fill(field, value) {
    set(field, value);
    step(field);
  }

  groups.addEventListener("focusin", ({ target }) => {
    if (!fields.includes(target)) return;
    if (current && groupOf(current) !== groupOf(target)) store(groupOf(current));
    current = target;
    target.dataset.inWords ??= target.value;
    delete target.dataset.typed;
    target.select();
    offer(target);
    showPlace(groupOf(target));
  });

  finish.addEventListener("focus", () => (hint.textContent = ""));

  groups.addEventListener("input", ({ target, isComposing }) => {
    target.dataset.typed = target.value;
    target.classList.remove("proposed");
    dress(target);
    keepDraft();
    hold();
    offer(target);
    if (!target.dataset.codes) return;
    // An input method composes digits too, until the next key; but what is a code needs none.
    if (isComposing && !/^[0-9]+$/.test(target.value)) return;
    if (codesOf(target).some((one) => one.startsWith(`${target.value.trim()} `)) || ["?", "-"].includes(target.value.trim())) step(target);
  });

  // A browser may tell of no change where an input method gave the text only as the field was left.
  for (const end of ["change", "focusout", "compositionend"]) {
    groups.addEventListener(end, ({ target }) => document.activeElement !== target && sayInWords(target));
  }

  groups.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.altKey || event.metaKey || !fields.includes(event.target)) return;
    if (event.key === "Tab" && !event.shiftKey) {
      accept([event.target]);
    } else if (event.key === "Enter") {
      event.preventDefault();
      step(event.target);
    } else if (event.key === "ArrowDown") {
      const typed = event.target.dataset.typed ?? "";
      const [first] = candidates(event.target, typed);
      if (!first) return;
      event.preventDefault();
      set(event.target, first);
      event.target.dataset.typed = typed; // once more gives the next one
      offer(event.target);
    }
  });

  for (const button of row.querySelectorAll("[data-act]")) {
    button.addEventListener("mousedown", (event) => event.preventDefault()); // takes no focus: it acts on the field
    button.addEventListener("click", ACTS[button.dataset.act]);
  }
  turnInPlace(paper.dataset.here, (view) => paper.replaceChildren(...view.getElementById("paper").children));
  // What was typed is stored first: it is the newest act then, and the one that is taken back.
  for (const form of [undo, document.querySelector("#placing form")]) {
    let isStored = false;
    form?.addEventListener("submit", async (event) => {
      if (isStored) return;
      event.preventDefault();
      isStored = await storeAll();
      if (!isStored) return;
      history.replaceState(null, "", paper.dataset.here); // the form leads back to this row
      setTimeout(() => form.requestSubmit(event.submitter)); // not before this submit is over, which may be still under way
    });
  }
  doubts.addEventListener("mousedown", (event) => event.target.closest("button") && event.preventDefault()); // takes no focus
  doubts.addEventListener("click", (event) => event.target.closest("button") && sayAsOnPage());
  document.getElementById("row-reject")?.addEventListener("click", reject);
  finish.addEventListener("focus", () => current && store(groupOf(current)));
  finish.addEventListener("click", finishRow);
  for (const link of document.querySelectorAll(".row-way a")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      leave(link.href);
    });
  }

  // Who closes the browser has stored what was typed; where that fails, the draft is there.
  window.addEventListener("pagehide", () => {
    const changed = fields.filter(isTyped);
    if (changed.length) ask(row.dataset.url, { columns: columnsOf(changed), revision }, { keepalive: true });
    fetch(row.dataset.hold, { method: "DELETE", headers: { "X-CSRFToken": row.dataset.token }, keepalive: true }).catch(() => {});
  });

  // Each group is looked for where it was on the page before.
  const PLACE = (group) => `place:${row.dataset.type}:${group.dataset.group}`;
  function showPlace(group) {
    const place = localStorage.getItem(PLACE(group));
    if (place !== null && !paper.classList.contains("whole")) paper.scrollTop = Number(place) * paper.scrollHeight;
  }
  paper.addEventListener("wheel", () => setTimeout(() => current && localStorage.setItem(PLACE(groupOf(current)), paper.scrollTop / paper.scrollHeight)), { passive: true });

  fields.forEach(dress);
  for (const field of fields.filter(isProposed)) field.dataset.proposal = field.value;
  if (fields.length) bringBackDraft();
  keyBuffer.begin(fields, fields.filter(isShown).find((field) => isReview || field.value === "") ?? finish);
}
