import type { MessageShape } from '../../../src/machinery/shape.ts';
import type { ShapeSet } from '../../../src/machinery/shape-set.ts';
import { readDirectory, readTextIfAny } from '../files.ts';

const FIELD = /^\s+(?:optional|repeated|map<\w+, [\w.]+>)\s*(?:[\w.]+\s+)?(\w+) = (\d+);/;

/** Whether shapes have the field numbers of the published `.proto` files. Returns what differs. */
export function compareWithProtoFiles(shapes: ShapeSet, sources: readonly string[]): string[] {
  const byPackage = new Map<string, string>();
  for (const file of protoFiles(sources)) {
    const text = readTextIfAny(file);
    const name = /^package (\S+);/m.exec(text)?.[1];
    if (name) byPackage.set(`io.${name}`, text);
  }
  const differences: string[] = [];
  for (const shape of shapes.all()) {
    const dot = shape.name.lastIndexOf('.');
    const text = byPackage.get(shape.name.slice(0, dot));
    const numbers = text && numbersOf(text, shape.name.slice(dot + 1));
    if (numbers) differences.push(...compareNumbers(shape, numbers));
  }
  return differences;
}

function* protoFiles(sources: readonly string[]): Generator<string> {
  for (const source of sources) {
    yield `${source}/k8s.io/apimachinery/pkg/apis/meta/v1/generated.proto`;
    for (const group of readDirectory(`${source}/k8s.io/api`)) {
      for (const version of readDirectory(`${source}/k8s.io/api/${group}`)) {
        yield `${source}/k8s.io/api/${group}/${version}/generated.proto`;
      }
    }
  }
}

/** Numbers by field of one message. */
function numbersOf(text: string, message: string): Map<string, number> | undefined {
  const start = text.indexOf(`\nmessage ${message} {`);
  if (start < 0) return undefined;
  const body = text.slice(start, text.indexOf('\n}', start));
  const numbers = new Map<string, number>();
  for (const line of body.split('\n')) {
    const found = FIELD.exec(line);
    if (found) numbers.set(found[1]!, Number(found[2]));
  }
  return numbers;
}

function compareNumbers(shape: MessageShape, wanted: ReadonlyMap<string, number>): string[] {
  const ours = [
    ...shape.fields.map(({ number }) => number).filter((number) => number > 0),
    ...shape.embedded.map(({ number }) => number),
  ];
  const theirs = [...wanted.values()];
  const differences: string[] = [];
  if ([...ours].sort().join() !== [...theirs].sort().join()) {
    differences.push(`${shape.name}: numbers ${ours}, not ${theirs}`);
  }
  for (const { name, number } of shape.fields) {
    const want = wanted.get(name);
    if (number > 0 && want !== undefined && want !== number) {
      differences.push(`${shape.name}.${name}: ${number}, not ${want}`);
    }
  }
  return differences;
}
