/** Where an image comes from, by its name. */
export interface ImageName {
  /** `docker.io`, `registry.example.com:5000` */
  readonly registry: string;
  /** With `library/` for Docker's own: what credentials are looked up by. */
  readonly repository: string;
  /** As given, with `:latest` when neither tag nor digest was. */
  readonly full: string;
}

const TAG = '[\\w][\\w.-]{0,127}';
const DIGEST = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';
const PART = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const HOST = '(?:\\[[0-9a-fA-F:]+\\]|[A-Za-z0-9-]+(?:\\.[A-Za-z0-9-]+)*)(?::[0-9]+)?';
const FORM = new RegExp(`^(?:(${HOST})/)?(${PART}(?:/${PART})*)(?::(${TAG}))?(?:@(${DIGEST}))?$`);
const IMAGE_ID = /^(?:sha256:)?[0-9a-f]{64}$/;

/** Reads the name of an image (the grammar of the OCI distribution's references). */
export function parseImageName(text: string): ImageName | undefined {
  if (IMAGE_ID.test(text)) return { registry: '', repository: '', full: text };
  const match = FORM.exec(text);
  if (!match) return undefined;
  const [, host, path = '', tag, digest] = match;
  const full = tag || digest ? text : `${text}:latest`;
  // Without a dot, a port or the word localhost, the first part is no host but part of the path.
  if (host !== undefined && (/[.:]/.test(host) || host === 'localhost')) {
    const registry = host === 'index.docker.io' ? 'docker.io' : host;
    return { registry, repository: path, full };
  }
  const repository = host === undefined ? path : `${host}/${path}`;
  const library = repository.includes('/') ? repository : `library/${repository}`;
  return { registry: 'docker.io', repository: library, full };
}

/** What is wrong with a name that can't be read. */
export function nameProblem(text: string): string {
  const [, domain, remainder = text] = /^([^/]*[.:A-Z][^/]*|localhost)\/(.*)$/.exec(text) ?? [];
  const named = domain === undefined && !remainder.includes('/') ? `library/${text}` : remainder;
  const repository = named.split(':')[0]!;
  const isTooLarge = repository !== repository.toLowerCase();
  const why = isTooLarge ? `: repository name (${repository}) must be lowercase` : '';
  return `invalid reference format${why}`;
}
