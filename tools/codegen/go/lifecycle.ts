import { readTextIfAny } from '../files.ts';
import type { Lifecycle } from '../model/types.ts';

const VERSION =
  /^func \(in \*(\w+)\) APILifecycle(Introduced|Deprecated|Removed)\(.*\n\treturn (\d+), (\d+)/gm;
const REPLACEMENT =
  /^func \(in \*(\w+)\) APILifecycleReplacement.*\n\treturn .*\{Group: "([^"]*)", Version: "([^"]*)", Kind: "([^"]*)"\}/gm;

/** In which releases a kind came, was deprecated and went, by kind. */
export function readLifecycles(file: string): Map<string, Lifecycle> {
  const result = new Map<string, Lifecycle>();
  const text = readTextIfAny(file);
  const add = (kind: string, fact: Lifecycle): void => {
    result.set(kind, { ...result.get(kind), ...fact });
  };
  for (const [, kind, what, major, minor] of text.matchAll(VERSION)) {
    add(kind!, { [what!.toLowerCase()]: `${major}.${minor}` });
  }
  for (const [, kind, group, version, replacement] of text.matchAll(REPLACEMENT)) {
    const apiVersion = group ? `${group}/${version}` : version;
    add(kind!, { replacement: `${apiVersion} ${replacement}` });
  }
  return result;
}
