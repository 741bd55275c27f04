/** Markers (`+name=value` comment lines) by name; a marker may be repeated. */
export type GoComments = ReadonlyMap<string, readonly string[]>;

/** Collects the markers among comment lines. A marker without a value has the value ''. */
export function readMarkers(lines: readonly string[]): GoComments {
  const markers = new Map<string, string[]>();
  for (const line of lines) {
    const found = /^\s*\/\/\s*\+([A-Za-z][\w:.]*)(?:=(.*?))?\s*$/.exec(line);
    if (!found) continue;
    const [, name, value = ''] = found;
    markers.set(name!, [...(markers.get(name!) ?? []), value]);
  }
  return markers;
}

/** The value of a marker under any of its names, the first one given that is there. */
export function marker(markers: GoComments, ...names: string[]): string | undefined {
  for (const name of names) {
    const values = markers.get(name);
    if (values) return values[0];
  }
  return undefined;
}

/** All values of a marker under any of its names. */
export const allMarkers = (markers: GoComments, ...names: string[]): readonly string[] =>
  names.flatMap((name) => markers.get(name) ?? []);
