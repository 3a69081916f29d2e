// Makes src/types.gen.ts from the services' OpenAPI document: `npm run types -- ADDRESS-OR-FILE`.
// With --check it writes nothing and fails where the file is not what it would be.
import { readFile, writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';
import * as prettier from 'prettier';

// The models that the calendar and the pages use; what they refer to comes along.
const USED = [
  'PackageRows',
  'GrantRows',
  'Available',
  'BookingRows',
  'BookingRequest',
  'BookingEdit',
  'Offers',
  'Change',
  'Extension',
  'ErrorAnswer',
  'DecisionRows',
  'Decision',
  'ClusterRows',
  'ClusterEdit',
  'ClusterRequest',
  'GrantRequest',
  'Hit',
  'NodeRows',
  'Audit',
  'AccountRows',
  'AccountSettings',
  'AccountChangeRows',
  'Holdings',
  'Policy',
  'Suspension',
  'KeyRows',
  'InvitationRows',
  'WorkshopAccountRows',
  'WorkshopCards',
  'WorkshopHoldings',
  'WorkshopRows',
  'StorageRows',
  'GroupRows',
  'Storage',
  'Imported'
];
const FILE = new URL('src/types.gen.ts', import.meta.url);

const [source = 'http://127.0.0.1:8000/services/aglais/api/openapi.json', flag] = process.argv.slice(2);
const document = source.startsWith('http')
  ? await (await fetch(source)).json()
  : JSON.parse(await readFile(source, 'utf8'));

const all = document.components.schemas;
const schemas = {};
const take = name => {
  if (!(name in schemas)) {
    schemas[name] = all[name];
    for (const [, other] of JSON.stringify(all[name]).matchAll(/#\/components\/schemas\/([^"]+)/g)) {
      take(other);
    }
  }
};
USED.forEach(take);

const { openapi, info } = document;
const code = astToString(
  await openapiTS({ openapi, info: { ...info, version: '' }, paths: {}, components: { schemas } })
);
const head = '// Made by `npm run types` from the OpenAPI document of the services. Do not edit.\n';
const options = await prettier.resolveConfig(FILE);
const text = await prettier.format(head + code, { ...options, parser: 'typescript' });

if (flag !== '--check') {
  await writeFile(FILE, text);
} else if (text !== (await readFile(FILE, 'utf8'))) {
  console.error('src/types.gen.ts is out of date: run `npm run types`.');
  process.exit(1);
}
