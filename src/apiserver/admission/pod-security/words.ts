/** `"a", "b"`: texts as they are. */
export const quoteList = (texts: Iterable<string>): string =>
  [...texts].map((text) => `"${text}"`).join(', ');

/** In order, each once. */
export const sortedSet = (texts: Iterable<string>): string[] => [...new Set(texts)].sort();

export const plural = (count: number, one: string, many: string): string =>
  count === 1 ? one : many;
