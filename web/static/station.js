// Parts marked with data-fragment are fetched again when there is news.
"use strict";

// The login has ended: the page asks for it. Where a person logs out, that is on its way, and another load would take the
// place of the answer to it.
let isLoggingOut = false;
window.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-logout]") || event.defaultPrevented) return;
  isLoggingOut = true;
  // What sounded is of this person's work.
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(SOUNDED)) sessionStorage.removeItem(key);
});
let isAsking = false;
function askForLogin(address) {
  if (isLoggingOut || isAsking) return;
  isAsking = true;
  document.dispatchEvent(new Event("loginend")); // what is on its way is over
  if (address) location.assign(address);
  else location.reload();
}

const fragments = () => [...document.querySelectorAll("[data-fragment]")];
let version = 0;
let content = 0;

// What is pressed stays where it is until it is let go: renewed between the two, it would take the click away.
let letGo = Promise.resolve();
document.addEventListener(
  "pointerdown",
  () => {
    letGo = new Promise((later) => {
      for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => setTimeout(later), { capture: true, once: true }); // behind the click
    });
  },
  true,
);

// A field is never taken away under somebody's hands: its part waits among those that are due until they have left it.
const due = new Set();
const isHeld = (part) => part.contains(document.activeElement) && document.activeElement.matches("input:not([type=checkbox]), select, textarea");
document.addEventListener("focusout", ({ target }) => {
  const left = [...due].find((part) => part.contains(target));
  if (left) setTimeout(() => refresh(left).catch(() => {})); // where nobody answers, the next news renew it
});

async function refresh(part) {
  if (isHeld(part)) return;
  const answer = await fetch(part.dataset.fragment, { headers: { "X-Fragment": "1" } });
  due.delete(part);
  if (answer.redirected) return askForLogin();
  if (!answer.ok) return;
  const html = await answer.text();
  const shown = html.replace(/name="csrf_token" value="[^"]*"/g, ""); // is another one every second
  if (shown === part.dataset.shown) return;
  await pictureReady(html);
  await letGo;
  if (isHeld(part)) return due.add(part); // somebody went into it meanwhile
  const focused = part.contains(document.activeElement) && placeOf(document.activeElement);
  const open = [...part.querySelectorAll("details[open]")].map((one) => one.id);
  const typed = [...part.querySelectorAll("input[id]:not([type=hidden], [type=checkbox]), select[id]")].map((one) => [one.id, beginning(one), one.value]);
  const checked = [...part.querySelectorAll("input[id][type=checkbox]:checked")].map((one) => [one.id, one.value]);
  part.dataset.shown = shown;
  part.innerHTML = html;
  for (const [id, began, value] of typed) {
    const field = document.getElementById(id);
    if (value === began || !field || beginning(field) !== began) continue;
    field.value = value; // what was typed and not sent yet
    field.dispatchEvent(new Event("input", { bubbles: true })); // what hangs on it came anew, too
  }
  for (const [id, value] of checked) {
    const box = document.getElementById(id);
    if (box?.value === value) box.checked = true;
  }
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (focused) focusOn(focused, part);
  playSound(part);
}

// Totals that are stated already take a reason only where one of them changes.
document.addEventListener("input", ({ target }) => {
  const reason = target.form?.querySelector("#totals-reason");
  if (!reason) return;
  reason.required = [...target.form.querySelectorAll("[data-total]")].some((one) => one.value.trim() !== one.defaultValue);
  reason.closest(".totals-why").hidden = !reason.required;
});

// Who does not want to hear it switches it off in this browser.
const SILENT = "silent";
document.addEventListener("click", ({ target }) => {
  const button = target.closest("#sound");
  if (!button) return;
  if (localStorage.getItem(SILENT)) localStorage.removeItem(SILENT);
  else localStorage.setItem(SILENT, "yes");
  tellSound(button);
});
const tellSound = (button) => button?.setAttribute("aria-pressed", String(!localStorage.getItem(SILENT)));
tellSound(document.getElementById("sound"));

// What is new and marked with data-sound gives a sound, once: who turns leaves looks at the book. The mark begins with
// what it is about (accepted-812); where several are new, the gravest is heard.
const TONES = [
  // Hz, one tone after the other, and how long each lasts (s)
  { about: "stopped", hertz: [440, 330, 220], lasts: 0.3 },
  { about: "doubt", hertz: [660, 660], lasts: 0.2 },
  { about: "accepted", hertz: [1047], lasts: 0.08 },
];
// What sounded is remembered from load to load: a quick scanner has done before the view is there again.
const SOUNDED = "sounded:";
const isScanView = document.body.classList.contains("scan");
const soundMarks = (part) => [...part.querySelectorAll("[data-sound]")].map((one) => one.dataset.sound);
const sounded = new Set(JSON.parse(sessionStorage.getItem(SOUNDED + location.pathname)) ?? soundMarks(document));
function playSound(part) {
  const fresh = soundMarks(part).filter((mark) => !sounded.has(mark));
  for (const mark of fresh) sounded.add(mark);
  if (isScanView && !isLoggingOut) sessionStorage.setItem(SOUNDED + location.pathname, JSON.stringify([...sounded]));
  const tone = TONES.find(({ about }) => fresh.some((mark) => mark.startsWith(about)));
  if (!tone || localStorage.getItem(SILENT)) return;
  const audio = new AudioContext();
  const source = audio.createOscillator();
  tone.hertz.forEach((hertz, place) => source.frequency.setValueAtTime(hertz, audio.currentTime + place * tone.lasts));
  source.connect(audio.destination);
  source.onended = () => audio.close();
  source.start();
  source.stop(audio.currentTime + tone.hertz.length * tone.lasts);
}

if (isScanView) playSound(document);

// What a field holds before anybody types or chooses.
function beginning(field) {
  return field.matches("select") ? ([...field.options].find((one) => one.defaultSelected) ?? field.options[0])?.value : field.defaultValue;
}

// Wait for the large picture before it takes the old one's place: pages may come faster than pictures, none blinks.
async function pictureReady(html) {
  const next = new DOMParser().parseFromString(html, "text/html").getElementById("newest");
  const now = document.getElementById("newest");
  if (!next || (now && now.src === next.src)) return;
  const picture = new Image();
  picture.src = next.src;
  await picture.decode().catch(() => {});
}

async function listen() {
  for (;;) {
    let wait = 2;
    try {
      const view = isScanView ? "&view=scan" : "";
      const answer = await fetch(`/news?since=${version}${view}`, { headers: { "X-Fragment": "1" } });
      if (answer.redirected) return askForLogin();
      const news = await answer.json();
      wait = news.wait;
      document.getElementById("offline").hidden = true;
      const bar = document.getElementById("sheet-progress");
      if (bar && news.share !== null) bar.value = news.share;
      version = news.version;
      if (news.content !== content) {
        content = news.content;
        for (const part of fragments()) due.add(part);
      }
      await Promise.all([...due].map(refresh));
    } catch {
      document.getElementById("offline").hidden = false;
    }
    // A tab that nobody sees asks rarely; it catches up when it is seen again.
    if (document.hidden) await new Promise((seen) => document.addEventListener("visibilitychange", seen, { once: true }));
    await new Promise((later) => setTimeout(later, wait * 1000));
  }
}

// By what an element that can have the focus is known again when its part of the page, or all of it, came anew.
function placeOf(one) {
  return [one.id, one.getAttribute("href"), one.form?.getAttribute("action"), one.name, one.value].join(" ");
}
function focusOn(place, root) {
  [...root.querySelectorAll("a[href], button, input, select, summary")].find((one) => placeOf(one) === place)?.focus();
}

// After an act what was pressed has the focus again: whoever uses the keyboard goes on from there.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || document.activeElement === document.body) return;
  sessionStorage.setItem("focus", JSON.stringify({ view: location.pathname, place: placeOf(document.activeElement) }));
});
const left = JSON.parse(sessionStorage.getItem("focus"));
sessionStorage.removeItem("focus");
if (left?.view === location.pathname && document.activeElement === document.body) {
  focusOn(left.place, document);
}

// Text beside a button with data-copy goes to the clipboard.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  button.classList.add("copied");
});

// A box with data-chooses chooses all boxes of that name, or none.
document.addEventListener("change", (event) => {
  const all = event.target.closest("[data-chooses]");
  if (!all) return;
  for (const box of document.getElementsByName(all.dataset.chooses)) box.checked = all.checked;
});

// A button with data-print prints the view.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

if (fragments().length) listen();
