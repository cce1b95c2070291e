// Bundles the front end into static/build: one stylesheet, one script. Run by `npm run build`.
import { build } from "esbuild";
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
