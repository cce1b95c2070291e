// Bundles the front end into static/build: one stylesheet, one script. Run by `npm run build`.
// Puts the typeface of the PDFs beside what writes them.
import { build } from "esbuild";
import { cp, mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

await build({
  entryPoints: [here("js/app.js"), here("css/app.css")],
  entryNames: "[name]",
  outdir: here("../static/build"),
  bundle: true,
  minify: true,
  sourcemap: "linked",
  format: "esm",
  target: ["chrome123", "firefox120", "safari17.5"],
  logLevel: "info",
});

const typeface = "NotoSansHans-Regular.otf";
const packaged = join(dirname(createRequire(import.meta.url).resolve("@embedpdf/fonts-sc")), "..", "fonts");
await mkdir(here("../../foundation/build"), { recursive: true });
await cp(join(packaged, typeface), join(here("../../foundation/build"), typeface));
