// Renders a page of a PDF by pdf.js, the viewer of Firefox: node render_by_pdfjs.mjs MODULES FILE.pdf PAGE DPI OUT.png
import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [modules, file, page, dpi, out] = process.argv.slice(2);
const require = createRequire(pathToFileURL(`${modules}/x.js`));
const { createCanvas } = require("@napi-rs/canvas");
const folder = `${modules}/pdfjs-dist`;
const { getDocument } = await import(pathToFileURL(`${folder}/legacy/build/pdf.mjs`));
const document = await getDocument({
  data: new Uint8Array(readFileSync(file)),
  wasmUrl: `${folder}/wasm/`,
  stopAtErrors: true,
  verbosity: 0,
  canvasMaxAreaInBytes: 2 ** 28, // a browser measures what its canvas takes; here nothing does
}).promise;
const shown = await document.getPage(Number(page));
const viewport = shown.getViewport({ scale: Number(dpi) / 72 });
const canvas = createCanvas(Math.round(viewport.width), Math.round(viewport.height));
await shown.render({ canvasContext: canvas.getContext("2d"), viewport, canvas: null }).promise;
writeFileSync(out, canvas.toBuffer("image/png"));
