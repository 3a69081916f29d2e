// Builds the web pages' bundles into the portal's static folder, and says how large each is as it travels.
import { gzipSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import { build } from 'esbuild';

const folder = '../aglais_hub/portal/static';
const MOST = 150_000;

const PAGES = {
  accounts: 'src/accounts/index.tsx',
  bookings: 'src/page/index.tsx',
  decisions: 'src/why/index.tsx',
  capacity: 'src/capacity/index.tsx'
};

await build({
  entryPoints: PAGES,
  outdir: folder,
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  legalComments: 'none',
  define: { 'process.env.NODE_ENV': '"production"' },
  logLevel: 'warning'
});

const travels = name => gzipSync(readFileSync(`${folder}/${name}`)).length;
for (const page of Object.keys(PAGES)) {
  const size = travels(`${page}.js`) + travels(`${page}.css`);
  console.log(`${page}: ${(size / 1000).toFixed(0)} kB compressed`);
  if (size > MOST) {
    console.error(`The bundle of ${page} is larger than ${MOST / 1000} kB compressed.`);
    process.exitCode = 1;
  }
}
