// Files of this computer are sent piece by piece; a piece that was answered is on the station's disk. Where the line breaks
// off, or the browser was closed, the station says where a file goes on.
"use strict";

const sending = document.getElementById("sending");
if (sending) uploadedFiles();

function uploadedFiles() {
  const PIECE = 1024 * 1024; // bytes: sent within the time of a request through a poor radio, too
  const AGAIN = [1, 2, 5, 10, 20]; // s
  const input = document.getElementById("files");
  const drop = sending.querySelector(".drop");
  const list = document.getElementById("sent-files");
  const count = document.getElementById("sent-count");
  const byName = new Intl.Collator(undefined, { numeric: true });
  const queue = [];
  let sent = 0;
  let all = 0;
  let isWorking = false;

  input.addEventListener("change", () => {
    add([...input.files]);
    input.value = "";
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      drop.classList.toggle("over", kind === "dragover");
      if (kind === "drop") add([...event.dataTransfer.files]);
    });
  }
  window.addEventListener("beforeunload", (event) => isWorking && event.preventDefault());

  function add(files) {
    for (const file of files.sort((one, other) => byName.compare(one.name, other.name))) {
      const row = document.createElement("li");
      const parts = ["span", "progress", "span"].map((kind) => document.createElement(kind));
      const [name, bar, state] = parts;
      name.className = "name";
      name.textContent = name.title = file.name;
      bar.max = file.size || 1;
      bar.value = 0;
      bar.setAttribute("aria-label", file.name);
      state.textContent = sending.dataset.waits;
      row.append(...parts);
      list.append(row);
      queue.push({ file, row, bar, state });
      all += 1;
    }
    tell();
    work();
  }

  function tell() {
    count.hidden = !all;
    count.textContent = count.dataset.words.replace("{sent}", sent).replace("{all}", all);
  }

  async function work() {
    if (isWorking) return;
    isWorking = true;
    for (let next; (next = queue.shift()); ) await send(next);
    isWorking = false;
  }

  async function send({ file, row, bar, state }) {
    row.scrollIntoView({ block: "nearest" });
    state.textContent = "…";
    let offset = 0;
    let piece = null; // nothing at first: the station says how much it has
    for (let tries = 0; ; ) {
      const answer = await post(file, offset, piece);
      if (answer?.redirected || answer?.status === 400) {
        isWorking = false; // the login has ended: the page asks for it, and loses nothing that was sent
        return askForLogin();
      }
      if (answer?.status === 409) return refuse(state, (await answer.json()).error);
      if (!answer?.ok) {
        state.textContent = sending.dataset.line;
        await new Promise((later) => setTimeout(later, 1000 * AGAIN[Math.min(tries, AGAIN.length - 1)]));
        tries += 1;
        piece = null;
        continue;
      }
      tries = 0;
      offset = bar.value = (await answer.json()).offset;
      state.textContent = `${Math.floor((100 * offset) / (file.size || 1))} %`;
      if (offset >= file.size) break;
      piece = await file.slice(offset, offset + PIECE).arrayBuffer().catch(() => null);
      if (!piece) return refuse(state, sending.dataset.unreadable); // changed or gone since it was chosen
    }
    sent += 1;
    state.textContent = sending.dataset.there;
    tell();
  }

  function refuse(state, sentence) {
    state.textContent = sentence;
    state.className = "refused";
  }

  function post(file, offset, piece) {
    const body = new FormData();
    for (const [field, value] of Object.entries({ name: file.name, size: file.size, changed: file.lastModified, offset })) body.set(field, value);
    if (piece) body.set("piece", new Blob([piece]), "piece");
    return fetch(sending.dataset.url, { method: "POST", headers: { "X-CSRFToken": sending.dataset.token }, body }).catch(() => null);
  }
}
