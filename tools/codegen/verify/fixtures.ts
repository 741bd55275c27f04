import { readFileSync } from 'node:fs';
import { decodeJson } from '../../../src/machinery/json-codec.ts';
import { decodeEnvelope, encodeProtobuf, openEnvelope } from '../../../src/machinery/protobuf.ts';
import type { MessageShape } from '../../../src/machinery/shape.ts';
import type { ShapeSet } from '../../../src/machinery/shape-set.ts';
import { parseYaml } from '../../../src/machinery/yaml.ts';
import { toYaml } from '../../../src/machinery/yaml-writer.ts';
import { readDirectory, readText } from '../files.ts';

const FIXTURES = 'k8s.io/api/testdata/HEAD';
const NAME = /^(.*)\.(v\d\w*)\.(\w+)\.json$/;

/** What the upstream fixtures show to be wrong, a line each, and how many there are. */
export function checkFixtures(
  shapes: ShapeSet,
  folder: string,
): { count: number; problems: string[] } {
  const problems: string[] = [];
  let count = 0;
  for (const file of readDirectory(`${folder}/${FIXTURES}`)) {
    const found = NAME.exec(file);
    if (!found) continue;
    const [, group = '', version = '', kind = ''] = found;
    const shape = shapes.ofKind({ group: group === 'core' ? '' : group, version, kind });
    const path = `${folder}/${FIXTURES}/${file.replace(/json$/, '')}`;
    count++;
    if (!shape) problems.push(`${file}: no shape`);
    else problems.push(...checkFixture(shape, path).map((problem) => `${file}: ${problem}`));
  }
  return { count, problems };
}

function* checkFixture(shape: MessageShape, path: string): Generator<string> {
  const json = readText(`${path}json`);
  const text = JSON.stringify(JSON.parse(json));
  const decoded = decodeJson(shape, JSON.parse(json));
  if (decoded.strictErrors.length > 0) yield decoded.strictErrors.join(', ');
  if (JSON.stringify(decoded.object) !== text) yield 'JSON is changed by decoding';

  const bytes = readFileSync(`${path}pb`);
  const envelope = openEnvelope(bytes);
  const object = decodeEnvelope(shape, envelope);
  if (JSON.stringify(object) !== text) yield 'protobuf is not the same as JSON';
  if (!bytes.equals(encodeProtobuf(shape, { ...object, ...envelope }))) {
    yield 'protobuf is changed by decoding and encoding';
  }

  const yaml = readText(`${path}yaml`);
  if (JSON.stringify(decodeJson(shape, parseYaml(yaml).value).object) !== text) {
    yield 'YAML is not the same as JSON';
  }
  if (toYaml(object) !== yaml) yield 'YAML is written otherwise';
}
