// A run of entries: arrows go to a row, and nothing is accepted before it was on the screen with its pictures.
"use strict";

const runView = (() => {
  const LOOK = 1000; // ms: nobody has compared a row sooner after its pictures came
  const form = document.querySelector("#run");
  const rows = [...form.querySelectorAll("tr[data-label]")];
  const accept = form.querySelector("#accept");
  const onScreen = new Set(); // rows that are, all of each
  const seen = new Set(); // rows that were, with their pictures, for long enough
  const out = new Set();
  let current = rows[0];

  const pictures = (row) => [...row.querySelectorAll("img")];
  const isThere = (picture) => picture.complete && picture.naturalWidth > 0;
  const fields = (row) => [...row.querySelectorAll("input:not([type=hidden])")];

  function look(row) {
    if (seen.has(row) || !onScreen.has(row) || document.hidden || !pictures(row).every(isThere)) return;
    setTimeout(() => {
      if (!onScreen.has(row) || document.hidden) return;
      seen.add(row);
      row.classList.add("seen");
      tell();
    }, LOOK);
  }

  function tell() {
    const taken = rows.filter((row) => !out.has(row));
    const unseen = taken.filter((row) => !seen.has(row));
    const isBelow = unseen.some((row) => !onScreen.has(row));
    accept.disabled = unseen.length > 0;
    const { wait, below, accept: words, nothing } = accept.dataset;
    accept.firstElementChild.textContent = unseen.length ? (isBelow ? below : wait) : taken.length ? words.replace("#", taken.length) : nothing;
  }

  function leaveOut(row, isOut) {
    out[isOut ? "add" : "delete"](row);
    row.classList.toggle("out", isOut);
    tell();
  }

  function go(row, column) {
    const field = row && fields(row)[column];
    if (!field) return;
    row.scrollIntoView({ block: "nearest" });
    field.focus();
    field.select();
  }

  const watch = new IntersectionObserver((changes) => {
    for (const { target, intersectionRatio } of changes) {
      onScreen[intersectionRatio > 0.95 ? "add" : "delete"](target);
      look(target);
    }
    tell();
  }, { threshold: [0, 0.96, 1] });

  for (const row of rows) {
    watch.observe(row);
    for (const picture of pictures(row)) {
      picture.addEventListener("load", () => look(row));
      // What cannot be shown cannot be looked at: it is done at its page.
      const fail = () => leaveOut(row, true);
      if (picture.complete && !picture.naturalWidth) fail();
      else picture.addEventListener("error", fail);
    }
  }
  document.addEventListener("visibilitychange", () => rows.forEach(look));

  form.addEventListener("focusin", ({ target }) => {
    current = target.closest("tr[data-label]") ?? current;
    for (const row of rows) row.classList.toggle("current", row === current);
    document.getElementById("turn-page").action = current.dataset.turn;
  });
  form.addEventListener("keydown", (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (step) {
      event.preventDefault();
      go(rows[rows.indexOf(current) + step], Math.max(0, fields(current).indexOf(document.activeElement)));
    } else if (event.key === "Enter" && accept.disabled) {
      event.preventDefault();
      rows.find((row) => !out.has(row) && !onScreen.has(row))?.scrollIntoView({ block: "start" });
    }
  });
  form.querySelector("#leave-out").addEventListener("click", () => {
    leaveOut(current, !out.has(current));
    go(out.has(current) ? (rows[rows.indexOf(current) + 1] ?? current) : current, 0);
  });
  // What was read of it was read before: its row is done at its page.
  turnInPlace(location.href, (_, action) => leaveOut(rows.find((row) => action.endsWith(row.dataset.turn)), true));
  form.addEventListener("formdata", ({ formData }) => {
    const labels = (chosen) => [...chosen].map((row) => row.dataset.label).join(",");
    formData.set("seen", labels(seen));
    formData.set("out", labels(out));
  });

  return { begin: () => (tell(), go(rows[0], 0)) };
})();

runView.begin();
