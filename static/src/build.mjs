// Builds static/dist from static/css, static/src and the locked npm packages. Needs no network.
import { build, context } from "esbuild";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const DIST = path.join(ROOT, "static/dist");
const MODULES = path.join(ROOT, "node_modules");

// Icons whose names are not written literally in a template.
const ALWAYS = ["circle", "check"];

const SHARED = {
  absWorkingDir: ROOT,
  bundle: true,
  minify: true,
  logLevel: "warning",
  legalComments: "none",
  target: ["chrome123", "firefox121", "safari17.5"],
};

const ENTRIES = [
  { ...SHARED, entryPoints: ["static/src/app.ts"], outfile: "static/dist/app.js", format: "iife" },
  { ...SHARED, entryPoints: ["static/src/charts.ts"], outfile: "static/dist/charts.js", format: "iife" },
  { ...SHARED, entryPoints: ["static/src/theme.ts"], outfile: "static/dist/theme.js", format: "iife" },
  {
    ...SHARED,
    entryPoints: ["static/css/app.css"],
    outfile: "static/dist/app.css",
    loader: { ".woff2": "file" },
    // No hash: Django's manifest storage adds its own, and base.html preloads by these names.
    assetNames: "fonts/[name]",
  },
];

const LICENCES = {
  "instrument-sans": "@fontsource-variable/instrument-sans/LICENSE",
  newsreader: "@fontsource-variable/newsreader/LICENSE",
  lucide: "lucide-static/LICENSE",
  d3: "d3-scale/LICENSE",
};

const MANIFEST = {
  name: "Onsite",
  short_name: "Onsite",
  start_url: "/",
  display: "minimal-ui",
  background_color: "#f6f7f4",
  theme_color: "#0f5c45",
  icons: [
    { src: "img/favicon.svg", sizes: "any", type: "image/svg+xml" },
    { src: "img/icon-192.png", sizes: "192x192", type: "image/png" },
    { src: "img/icon-512.png", sizes: "512x512", type: "image/png" },
  ],
};

/** Paths of the templates below a folder. */
async function templates(folder) {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".html"))
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
}

/** Names of the icons that templates and scripts mention, sorted. */
async function iconNames() {
  const names = new Set(ALWAYS);
  for (const file of await templates(path.join(ROOT, "templates"))) {
    const text = await readFile(file, "utf8");
    for (const [, name] of text.matchAll(/_icon\.html['"]\s+with\s+name=['"]([a-z0-9-]+)['"]/g)) names.add(name);
    for (const [, name] of text.matchAll(/_empty\.html['"]\s+with[^%]*?icon=['"]([a-z0-9-]+)['"]/g)) names.add(name);
  }
  return [...names].sort();
}

/** One Lucide file as a symbol of the sprite. */
async function symbol(name) {
  const file = path.join(MODULES, "lucide-static/icons", `${name}.svg`);
  const svg = await readFile(file, "utf8").catch(() => {
    throw new Error(`No Lucide icon is called "${name}"; see https://lucide.dev/icons`);
  });
  const body = svg.replace(/<!--[\s\S]*?-->/g, "").replace(/<svg[\s\S]*?>/, "").replace("</svg>", "");
  const drawing = body.replace(/\s+/g, " ").replace(/> </g, "><").trim();
  return (
    `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" ` +
    `stroke-linecap="round" stroke-linejoin="round">${drawing}</symbol>`
  );
}

async function writeIcons() {
  const symbols = await Promise.all((await iconNames()).map(symbol));
  const notice = "<!-- Lucide icons, ISC licence: see licenses/lucide.txt -->";
  const sprite = `<svg xmlns="http://www.w3.org/2000/svg">${notice}\n${symbols.join("\n")}\n</svg>\n`;
  await writeFile(path.join(DIST, "icons.svg"), sprite);
}

async function writeLicences() {
  await mkdir(path.join(DIST, "licenses"), { recursive: true });
  for (const [name, file] of Object.entries(LICENCES)) {
    await cp(path.join(MODULES, file), path.join(DIST, "licenses", `${name}.txt`));
  }
}

async function writeStatic() {
  await Promise.all([
    writeIcons(),
    writeLicences(),
    writeFile(path.join(DIST, "site.webmanifest"), `${JSON.stringify(MANIFEST, null, 2)}\n`),
  ]);
}

if (process.argv.includes("--watch")) {
  await mkdir(DIST, { recursive: true });
  await writeStatic();
  for (const entry of ENTRIES) await (await context(entry)).watch();
} else {
  await rm(DIST, { recursive: true, force: true });
  await mkdir(DIST, { recursive: true });
  await Promise.all([...ENTRIES.map((entry) => build(entry)), writeStatic()]);
}
