/**
 * Throws TypeError for an option that there isn't. Tests are often in plain JavaScript, where one
 * that is misspelt would be passed over, and the test prove something else.
 */
export function assertKnown(options: object, known: readonly string[], whose: string): void {
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    throw new TypeError(`${whose} has no option "${name}", but ${known.join(', ')}`);
  }
}
