const HTML_UNSAFE = /[<>&\u2028\u2029]/g;

/** A value as the JSON text of an annotation, in which Go escapes what would harm in HTML. */
export const annotationText = (value: unknown): string =>
  JSON.stringify(value).replace(
    HTML_UNSAFE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** The value in an annotation's text, if it is JSON. */
export function valueFrom(text: string | undefined): unknown {
  if (!text) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
