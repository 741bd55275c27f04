import { ShapeSet } from '../../src/machinery/shape-set.ts';
import { readDirectory } from './files.ts';
import { buildModel } from './model/build.ts';
import { findSources } from './sources.ts';
import { compareWithApplySchema } from './verify/apply-schema.ts';
import { checkFixtures } from './verify/fixtures.ts';
import { compareWithProtoFiles } from './verify/proto-files.ts';
import { writeShapes } from './write/shapes.ts';

/**
 * `verify.ts FOLDER…`: checks the shapes of every group-version there is, served or not, and the
 * codecs, against the fixtures, `.proto` files and apply schema below folders with `k8s.io/…`.
 */
function main(folders: readonly string[]): number {
  const sources = findSources(folders);
  const packages = [...buildModel(sources).packages.values()];
  const shapes = new ShapeSet(packages.map((each) => JSON.parse(writeShapes(each))));
  let problems = report('field numbers', compareWithProtoFiles(shapes, sources));
  for (const source of sources) {
    if (readDirectory(`${source}/k8s.io/client-go`).length > 0) {
      problems += report('apply schema', compareWithApplySchema(shapes, source));
    }
    if (readDirectory(`${source}/k8s.io/api/testdata`).length > 0) {
      const fixtures = checkFixtures(shapes, source);
      problems += report(`${fixtures.count} fixtures`, fixtures.problems);
    }
  }
  return problems === 0 ? 0 : 1;
}

function report(what: string, problems: readonly string[]): number {
  const lines = [`${what}: ${problems.length === 0 ? 'fine' : `${problems.length} problems`}`];
  process.stdout.write([...lines, ...problems].map((line) => `${line}\n`).join(''));
  return problems.length;
}

process.exitCode = main(process.argv.slice(2));
