import type { Secret } from '../api/generated/core/v1/types.ts';
import type { PullCredentials } from '../runtime/cri-types.ts';
import type { ImageName } from './image-name.ts';

interface DockerAuth {
  readonly username?: string;
  readonly password?: string;
  readonly auth?: string;
  readonly identitytoken?: string;
  readonly registrytoken?: string;
}

/**
 * The credentials in these Secrets that are for an image's registry, the most specific first. A
 * Secret that can't be read gives none.
 */
export function credentialsFor(image: ImageName, secrets: readonly Secret[]): PullCredentials[] {
  const found = secrets.flatMap((secret) =>
    Object.entries(authsOf(secret))
      .filter(([place]) => isFor(place, image))
      .map(([place, auth]) => ({ place, credentials: credentialsOf(auth) })),
  );
  found.sort((a, b) => b.place.length - a.place.length);
  return found.map(({ credentials }) => credentials);
}

function authsOf({ type, data = {} }: Secret): Record<string, DockerAuth> {
  try {
    const read = (key: string) => JSON.parse(Buffer.from(data[key] ?? '', 'base64').toString());
    if (type === 'kubernetes.io/dockerconfigjson') return read('.dockerconfigjson').auths ?? {};
    if (type === 'kubernetes.io/dockercfg') return read('.dockercfg') ?? {};
  } catch {
    // Whoever made it wrote nonsense; the pull says what is missing.
  }
  return {};
}

/** Whether credentials for a place, `https://index.docker.io/v1/` or `*.example.com/team`, apply. */
function isFor(place: string, { registry, repository }: ImageName): boolean {
  const bare = place
    .replace(/^https?:\/\//, '')
    .replace(/\/v[12]\/?$/, '')
    .replace(/\/$/, '');
  const slash = bare.indexOf('/');
  const [host, path] = slash < 0 ? [bare, ''] : [bare.slice(0, slash), bare.slice(slash + 1)];
  const plain = host === 'index.docker.io' ? 'docker.io' : host;
  const pattern = new RegExp(`^${plain.split('*').map(escaped).join('[^.:]*')}$`);
  const inPath = path === '' || repository === path || repository.startsWith(`${path}/`);
  return pattern.test(registry) && inPath;
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function credentialsOf(auth: DockerAuth): PullCredentials {
  const { username, password, identitytoken, registrytoken } = auth;
  const [user, ...secret] = Buffer.from(auth.auth ?? '', 'base64')
    .toString()
    .split(':');
  return {
    username: username ?? user ?? '',
    password: password ?? secret.join(':'),
    ...(identitytoken && { identityToken: identitytoken }),
    ...(registrytoken && { registryToken: registrytoken }),
  };
}
