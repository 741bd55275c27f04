/** The name of an image, in full: what `hello` is short for. */
export interface Reference {
  /** `docker.io`, `registry.k8s.io`, `localhost:5000`. */
  readonly domain: string;
  /** `library/hello`. */
  readonly path: string;
  readonly tag?: string;
  readonly digest?: string;
}

const PATH = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const DOMAIN =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,}$/;

/**
 * Reads an image name the way container runtimes do: no domain means Docker Hub, no path there
 * means `library/`, no tag and no digest mean `latest`. Undefined when it isn't a name.
 */
export function parseReference(text: string): Reference | undefined {
  const at = text.indexOf('@');
  const digest = at < 0 ? undefined : text.slice(at + 1);
  const named = at < 0 ? text : text.slice(0, at);
  const colon = named.lastIndexOf(':');
  const tagged = colon > named.lastIndexOf('/');
  const tag = tagged ? named.slice(colon + 1) : undefined;
  const { domain, path } = splitDomain(tagged ? named.slice(0, colon) : named);
  const wellFormed =
    DOMAIN.test(domain) &&
    PATH.test(path) &&
    (tag === undefined || TAG.test(tag)) &&
    (digest === undefined || DIGEST.test(digest));
  if (!wellFormed || domain.length + path.length > 255) return undefined;
  if (digest !== undefined) return { domain, path, digest, ...(tag !== undefined && { tag }) };
  return { domain, path, tag: tag ?? 'latest' };
}

// What stands before the first slash is a host only when it looks like one: `localhost/x`, `a.b/x`
// and `a:5000/x` name hosts, `library/x` doesn't.
function splitDomain(name: string): { domain: string; path: string } {
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  const hasDomain =
    slash > 0 && (/[.:]/.test(first) || first === 'localhost' || /[A-Z]/.test(first));
  const domain = hasDomain ? first.replace(/^index\.docker\.io$/, 'docker.io') : 'docker.io';
  const path = hasDomain ? name.slice(slash + 1) : name;
  return { domain, path: domain === 'docker.io' && !path.includes('/') ? `library/${path}` : path };
}

/** The full text of a name: `docker.io/library/hello:latest`. The form that containerd stores. */
export function formatReference({ domain, path, tag, digest }: Reference): string {
  const tagged = tag === undefined ? '' : `:${tag}`;
  return `${domain}/${path}${tagged}${digest === undefined ? '' : `@${digest}`}`;
}

/** What a person would type for a full name: `hello:latest`. */
export function shortReference(full: string): string {
  return full.replace(/^docker\.io\/(library\/)?/, '');
}
