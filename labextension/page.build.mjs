// Builds the web page's bundle into the portal's static folder, and says how large it is as it travels.
import { gzipSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import { build } from 'esbuild';

const folder = '../aglais_hub/portal/static';
const MOST = 150_000;

await build({
  entryPoints: { bookings: 'src/page/index.tsx' },
  outdir: folder,
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  legalComments: 'none',
  define: { 'process.env.NODE_ENV': '"production"' },
  logLevel: 'warning'
});

const size = ['bookings.js', 'bookings.css'].reduce(
  (sum, name) => sum + gzipSync(readFileSync(`${folder}/${name}`)).length,
  0
);
console.log(`page bundle: ${(size / 1000).toFixed(0)} kB compressed`);
if (size > MOST) {
  console.error(`The page bundle is larger than ${MOST / 1000} kB compressed.`);
  process.exit(1);
}
