/**
 * A text from a cluster as a terminal may show it: anybody can write an event or an annotation, and
 * must not command the terminal of whoever looks. As kubectl shows it (CVE-2021-25743).
 */
export const terminalText = (text: string): string =>
  text.replaceAll('\x1b', '^[').replaceAll('\r', '\\r');
