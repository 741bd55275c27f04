import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestHeart, refusal } from '../testing.ts';

// Goal: who may not approve, or sign, for a signer doesn't; and nobody asks to be a superuser.

const der = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const contents = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, contents.length]), contents]);
};

/** A request with a subject and nothing else, as far as it is looked at. */
function requestFor(...organizations: readonly string[]): string {
  const type = der(0x06, Buffer.from([0x55, 0x04, 0x0a]));
  const names = organizations.map((name) =>
    der(0x31, der(0x30, type, der(0x0c, Buffer.from(name)))),
  );
  const info = der(0x30, der(0x02, Buffer.from([0])), der(0x30, ...names));
  const body = der(0x30, info).toString('base64');
  const type64 = 'CERTIFICATE REQUEST';
  return Buffer.from(`-----BEGIN ${type64}-----\n${body}\n-----END ${type64}-----\n`).toString(
    'base64',
  );
}

const CLIENT = 'kubernetes.io/kube-apiserver-client';
const requests = { group: 'certificates.k8s.io', plural: 'certificatesigningrequests' };
const bodyOf = (signerName: string, ...organizations: readonly string[]) => ({
  metadata: { name: 'r' },
  spec: { signerName, request: requestFor(...organizations), usages: ['client auth'] },
});

test('nobody becomes a superuser by a certificate of the cluster', async () => {
  const heart = await createTestHeart();
  const make = (body: object) => heart.send({ ...requests, verb: 'create', body });
  const why = `use of ${CLIENT} signer with system:masters group is not allowed`;
  await assert.rejects(
    make(bodyOf(CLIENT, 'pickers', 'system:masters')),
    refusal(403, `certificatesigningrequests.certificates.k8s.io "r" is forbidden: ${why}`),
  );
  await make(bodyOf('a.example/b', 'system:masters'));
  await heart.send({ ...requests, verb: 'delete', name: 'r' });
  await make(bodyOf(CLIENT, 'pickers'));
});

for (const { name, signers, allowed } of [
  { name: 'the signer', signers: ['a.example/b'], allowed: true },
  { name: 'all signers of its domain', signers: ['a.example/*'], allowed: true },
  { name: 'another signer', signers: ['a.example/c'], allowed: false },
]) {
  test(`who may approve and sign for ${name} ${allowed ? 'does' : 'does not'}`, async () => {
    const pia = { name: 'pia', groups: [] };
    const heart = await createTestHeart({
      authorizer: {
        allows: (user, { plural, name = '' }) =>
          user.name !== 'pia' || plural !== 'signers' || signers.includes(name),
        allowsPath: () => true,
      },
    });
    await heart.send({ ...requests, verb: 'create', body: bodyOf('a.example/b') });
    const change = async (subresource: string, status: object) => {
      const at = { ...requests, name: 'r', subresource } as const;
      await heart.send({ ...at, verb: 'patch', patchType: 'merge', body: { status } }, pia);
    };
    let conditions: object[] = [];
    for (const [verb, subresource, type] of [
      ['approve', 'approval', 'Approved'],
      ['sign', 'status', 'Failed'],
    ] as const) {
      const next = [...conditions, { type, status: 'True', reason: 'x', message: '' }];
      const changing = change(subresource, { conditions: next });
      const why = `user not permitted to ${verb} requests with signerName "a.example/b"`;
      const told = `certificatesigningrequests.certificates.k8s.io "r" is forbidden: ${why}`;
      if (allowed) {
        await changing;
        conditions = next;
      } else await assert.rejects(changing, refusal(403, told));
    }
  });
}
