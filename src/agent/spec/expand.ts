/**
 * Replaces `$(NAME)` by what `lookUp` knows; what it doesn't know stays as written. `$$` is a
 * plain `$`, so `$$(NAME)` comes out as `$(NAME)` (documentation of "Define Dependent Environment
 * Variables").
 */
export function expand(text: string, lookUp: (name: string) => string | undefined): string {
  return text.replace(/\$(?:\$|\(([^)]*)\))/g, (reference, name: string | undefined) =>
    name === undefined ? '$' : (lookUp(name) ?? reference),
  );
}
