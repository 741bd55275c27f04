// Goal: names of images are read as registries do, and credentials go where they belong only.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Secret } from '../api/generated/core/v1/types.ts';
import { nameProblem, parseImageName } from './image-name.ts';
import { credentialsFor } from './pull-credentials.ts';

const DIGEST = `sha256:${'0'.repeat(64)}`;
for (const [text, want] of [
  ['nginx', 'docker.io library/nginx nginx:latest'],
  ['nginx:1.27', 'docker.io library/nginx nginx:1.27'],
  ['team/app', 'docker.io team/app team/app:latest'],
  ['docker.io/team/app:1', 'docker.io team/app docker.io/team/app:1'],
  ['ghcr.io/a/b/c:v1', 'ghcr.io a/b/c ghcr.io/a/b/c:v1'],
  ['localhost/app', 'localhost app localhost/app:latest'],
  ['localhost:5000/app', 'localhost:5000 app localhost:5000/app:latest'],
  ['[::1]:5000/app:1', '[::1]:5000 app [::1]:5000/app:1'],
  [`app@${DIGEST}`, `docker.io library/app app@${DIGEST}`],
  [`app:1@${DIGEST}`, `docker.io library/app app:1@${DIGEST}`],
  [DIGEST, `  ${DIGEST}`],
  ['UPPER', undefined],
  ['a//b', undefined],
  ['app:', undefined],
  ['app:tag with space', undefined],
  ['-x', undefined],
  ['', undefined],
] as const) {
  test(`image ${text}`, () => {
    const name = parseImageName(text);
    assert.equal(name && `${name.registry} ${name.repository} ${name.full}`, want);
  });
}

for (const [text, want] of [
  ['a//b', 'invalid reference format'],
  ['UPPER', 'invalid reference format: repository name (library/UPPER) must be lowercase'],
  ['team/App:1', 'invalid reference format: repository name (team/App) must be lowercase'],
  ['ghcr.io/a/B', 'invalid reference format: repository name (a/B) must be lowercase'],
] as const) {
  test(`what is wrong with ${text}`, () => assert.equal(nameProblem(text), want));
}

const secretOf = (auths: object): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 's', uid: '', resourceVersion: '', creationTimestamp: '' },
  type: 'kubernetes.io/dockerconfigjson',
  data: { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') },
});
const auth = (user: string) => ({ auth: Buffer.from(`${user}:pa:ss`).toString('base64') });

for (const { name, image, auths, want } of [
  {
    name: 'its registry',
    image: 'r.example.com/a',
    auths: { 'r.example.com': auth('u') },
    want: ['u'],
  },
  {
    name: 'another registry',
    image: 'r.example.com/a',
    auths: { 'example.com': auth('u') },
    want: [],
  },
  {
    name: "Docker's own, by its old name",
    image: 'nginx',
    auths: { 'https://index.docker.io/v1/': auth('u') },
    want: ['u'],
  },
  {
    name: 'one label by a star',
    image: 'a.example.com/x',
    auths: { '*.example.com': auth('u') },
    want: ['u'],
  },
  { name: 'not two', image: 'a.b.example.com/x', auths: { '*.example.com': auth('u') }, want: [] },
  {
    name: 'the longest path first',
    image: 'r.io/team/app',
    auths: { 'r.io': auth('all'), 'r.io/team': auth('team'), 'r.io/tea': auth('no') },
    want: ['team', 'all'],
  },
]) {
  test(`credentials: ${name}`, () => {
    const found = credentialsFor(parseImageName(image)!, [secretOf(auths)]);
    assert.deepEqual(
      found.map(({ username }) => username),
      want,
    );
    if (found[0]) assert.equal(found[0].password, 'pa:ss');
  });
}

test('a Secret that makes no sense gives no credentials', () => {
  const broken = { ...secretOf({}), data: { '.dockerconfigjson': 'bm9uc2Vuc2U=' } };
  assert.deepEqual(credentialsFor(parseImageName('nginx')!, [broken]), []);
});
