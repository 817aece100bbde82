// Lines across a page that several entries share: dragged, or moved by the arrow keys; the numbers beside them follow,
// and they follow the numbers. Where two entries meet it is one line.
"use strict";

const figure = document.getElementById("shared-page");
if (figure) {
  showPaper();
  const form = document.getElementById("lines");
  const picture = figure.querySelector("img");
  const MET = 0.05, LEAST = 0.2, STEP = 0.2, FAR = 1; // per cent of the page's height
  const share = (field) => Number(field.value.replace(",", "."));
  const rows = [...form.querySelectorAll("tr[data-entry]")].map((row) => {
    const [top, bottom] = row.querySelectorAll("input");
    return { number: row.dataset.entry, top, bottom };
  });
  const { head, slant } = form.elements;

  const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  drawing.setAttribute("viewBox", "0 0 100 100");
  drawing.setAttribute("preserveAspectRatio", "none");
  figure.append(drawing);

  // Each line with the fields that it stands for, from the top of the page.
  const lines = [];
  function addLine(label, ...fields) {
    const bar = document.createElement("div");
    bar.className = "entry-line";
    bar.tabIndex = 0;
    bar.setAttribute("role", "slider");
    bar.setAttribute("aria-orientation", "vertical");
    bar.setAttribute("aria-label", label);
    bar.setAttribute("aria-valuemin", 0);
    bar.setAttribute("aria-valuemax", 100);
    figure.append(bar);
    lines.push({ bar, fields });
  }
  addLine(figure.dataset.lineHead, head);
  rows.forEach(({ number, top, bottom }, place) => {
    const before = rows[place - 1]?.bottom;
    const meets = before && Math.abs(share(before) - share(top)) < MET;
    if (before && !meets) addLine(figure.dataset.lineBelow.replace("{number}", rows[place - 1].number), before);
    addLine(figure.dataset.lineAbove.replace("{number}", number), ...(meets ? [before, top] : [top]));
    if (place === rows.length - 1) addLine(figure.dataset.lineBelow.replace("{number}", number), bottom);
  });

  function draw() {
    const tilt = share(slant) || 0;
    const angle = Math.atan2((tilt / 100) * figure.clientHeight, figure.clientWidth);
    const band = (from, to) => `0,${from - tilt / 2} 100,${from + tilt / 2} 100,${to + tilt / 2} 0,${to - tilt / 2}`;
    drawing.replaceChildren(...rows.map(({ top, bottom }, place) => {
      const shape = document.createElementNS("http://www.w3.org/2000/svg", "polygon");
      shape.setAttribute("points", band(share(top), share(bottom)));
      shape.setAttribute("class", `tint-${place % 4}`);
      return shape;
    }));
    for (const { bar, fields } of lines) {
      const at = share(fields[0]);
      bar.style.top = `${at}%`;
      bar.style.transform = `rotate(${angle}rad)`;
      bar.setAttribute("aria-valuenow", at);
    }
  }

  // A line stays between those beside it; where the head ends the first entry may begin.
  function move(line, to) {
    const place = lines.indexOf(line);
    const low = place ? share(lines[place - 1].fields[0]) + (place > 1 ? LEAST : 0) : 0;
    const high = place < lines.length - 1 ? share(lines[place + 1].fields[0]) - (place ? LEAST : 0) : 100;
    const at = Math.min(Math.max(to, low), high).toFixed(2);
    for (const field of line.fields) field.value = at;
    draw();
  }

  for (const line of lines) {
    line.bar.addEventListener("pointerdown", (event) => {
      line.bar.setPointerCapture(event.pointerId);
      line.bar.focus();
      event.preventDefault();
    });
    line.bar.addEventListener("pointermove", (event) => {
      if (!line.bar.hasPointerCapture(event.pointerId)) return;
      const page = figure.getBoundingClientRect();
      move(line, ((event.clientY - page.top) / page.height) * 100);
    });
    line.bar.addEventListener("click", (event) => event.stopPropagation()); // the paper zooms by a click
    line.bar.addEventListener("keydown", (event) => {
      const way = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (!way || event.ctrlKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      move(line, share(line.fields[0]) + way * (event.shiftKey ? FAR : STEP));
    });
  }
  form.addEventListener("input", draw);
  new ResizeObserver(draw).observe(figure);
  picture.decode().catch(() => {}).then(() => {
    figure.style.setProperty("--ratio", picture.naturalWidth / picture.naturalHeight);
    draw();
    const next = document.getElementById("next-undivided");
    if (next) fetch(next.href).catch(() => {}); // what is proposed there is ready once it is opened
  });
}
