import { parse, stringify } from 'yaml';

/** The YAML of a JSON text, with its keys sorted. */
export const toYaml = (json: Buffer): string =>
  stringify(JSON.parse(json.toString()), { sortMapEntries: true, lineWidth: 0 });

/** The value of the first document in a YAML text. */
export const fromYaml = (text: string): unknown => parse(text, { version: '1.1' });
