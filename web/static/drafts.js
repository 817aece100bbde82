// What was typed into a form outlives its login: a form that was open over lunch comes back with its fields as they were.
// It is kept in this tab alone, for the person who typed it, until it was taken or the person logs out.
"use strict";

const PREFIX = "draft:";
const SENT = "draft-sent";
const AWAY = "draft-away";
const person = document.body.dataset.person;

const typedForms = () => [...document.querySelectorAll("form[method=post]")].filter((form) => textFields(form).length);

function textFields(form) {
  return [...form.elements].filter((field) => field.matches("input:not([type]), input[type=text], textarea"));
}

// A form is told from the others by where it leads and by what it is about; a correction's revision is no part of that,
// nor is what was offered when it was opened.
function keyOf(form) {
  const apart = ["csrf_token", "revision", "offered"];
  const about = [...form.elements].filter((field) => field.type === "hidden" && !apart.includes(field.name));
  return `${PREFIX}${person}:${form.getAttribute("action")}:${about.map((field) => field.value).join(":")}`;
}

const read = (key) => JSON.parse(sessionStorage.getItem(key));
const keys = () => Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX));

function keep(event) {
  const form = event.target.form;
  if (!form || !typedForms().includes(form) || !textFields(form).includes(event.target)) return;
  const key = keyOf(form);
  const draft = read(key) ?? { fields: {} };
  draft.view = location.pathname + location.search;
  draft.fields[event.target.name] = event.target.value;
  if (textFields(form).some(isTyped)) sessionStorage.setItem(key, JSON.stringify(draft));
  else sessionStorage.removeItem(key); // it is as it began
}

function bringBack(form) {
  const draft = read(keyOf(form));
  for (const [name, value] of Object.entries(draft?.fields ?? {})) {
    const field = form.elements[name];
    if (!field || field.value === value) continue;
    field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  if (draft && !textFields(form).some(isTyped)) sessionStorage.removeItem(keyOf(form)); // by now the form says the same
}

// What was typed into a form that is sent in the background is no draft meanwhile; it is one again where it was refused.
function takeDraft(form) {
  const key = keyOf(form);
  const draft = { view: location.pathname + location.search, fields: {} };
  if (textFields(form).some(isTyped)) for (const field of textFields(form)) draft.fields[field.name] = field.value;
  sessionStorage.removeItem(key);
  return { key, draft };
}

function returnDraft({ key, draft }) {
  if (Object.keys(draft.fields).length && !sessionStorage.getItem(key)) sessionStorage.setItem(key, JSON.stringify(draft));
}

const bringBackDrafts = () => person && typedForms().forEach(bringBack);

if (person) {
  // A form that was refused comes back with what was typed, too.
  if (!document.querySelector(".notice.refused")) sessionStorage.removeItem(sessionStorage.getItem(SENT));
  for (const key of keys()) if (!key.startsWith(`${PREFIX}${person}:`)) sessionStorage.removeItem(key);
  bringBackDrafts();
  document.addEventListener("input", keep);
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return; // sent in the background
    if (event.target.matches("[data-logout]")) keys().forEach((key) => sessionStorage.removeItem(key));
    else if (typedForms().includes(event.target)) sessionStorage.setItem(SENT, keyOf(event.target));
  });
  const draft = sessionStorage.getItem(AWAY) && keys().map(read).find((one) => one.view !== location.pathname + location.search);
  if (draft) {
    const notice = document.getElementById("draft");
    notice.hidden = false;
    notice.querySelector("a").href = draft.view;
  }
  sessionStorage.removeItem(AWAY);
} else {
  // The login is over, or something went wrong: what was sent did not arrive.
  sessionStorage.setItem(AWAY, "yes");
}
sessionStorage.removeItem(SENT);
