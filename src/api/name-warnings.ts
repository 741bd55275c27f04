import type { KubeObject } from '../machinery/object.ts';
import { checkDns1123Label } from '../machinery/validation/names.ts';

/** What to tell who gives an object a name that is no label, where that name goes into others. */
export function nameWarnings({ metadata }: KubeObject, usedIn: string): string[] {
  const problems = checkDns1123Label(metadata.name);
  if (problems.length === 0) return [];
  const used = `this is used in ${usedIn}, which can result in surprising behavior`;
  return [`metadata.name: ${used}; a DNS label is recommended: [${problems.join(' ')}]`];
}
