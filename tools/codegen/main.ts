import { remove, writeText } from './files.ts';
import { buildModel } from './model/build.ts';
import { servedPart } from './model/served.ts';
import { findSources } from './sources.ts';
import { writeLifecycles, writeShapeIndex } from './write/index.ts';
import { writeResources } from './write/resources.ts';
import { writeShapes } from './write/shapes.ts';
import { requireNeverEmptyFields, writeTypes } from './write/types.ts';

const TARGET = new URL('../../src/api/generated/', import.meta.url).pathname;

/** `main.ts [FOLDER…]`: writes `src/api/generated` from the sources below folders with `k8s.io/…`. */
function main(folders: readonly string[]): void {
  const model = buildModel(findSources(folders));
  requireNeverEmptyFields(model);
  const served = servedPart(model);
  remove(TARGET);
  for (const each of served) {
    const folder = `${TARGET}${each.folder}`;
    writeText(`${folder}/shapes.json`, writeShapes(each));
    writeText(`${folder}/types.ts`, writeTypes(each, model));
    const resources = writeResources(each);
    if (resources) writeText(`${folder}/resources.ts`, resources);
  }
  writeText(`${TARGET}shape-data.ts`, writeShapeIndex(served));
  writeText(`${TARGET}lifecycles.ts`, writeLifecycles(served));
}

main(process.argv.slice(2));
