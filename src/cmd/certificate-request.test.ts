import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { createCertificateRequest, readCertificateRequest } from './certificate-request.ts';

// Goal: requests are understood, ours and those that other programs write; and nobody gets a
// certificate for a key that isn't theirs.

const BY_OPENSSL = `-----BEGIN CERTIFICATE REQUEST-----
MIICujCCAaICAQAwLzEVMBMGA1UECgwMc3lzdGVtOm5vZGVzMRYwFAYDVQQDDA1z
eXN0ZW06bm9kZTphMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA2XoI
CmpdTMDz9gi41Jb3WwmvxgzpLDb5QHSEG9VBde2OTB/8bCjQsujV1/SiCjQhkSzw
eg95i75lXqaCxedajIWfEAuZ0oRZLyW4OVor+JDaKb4NhdYQjAROlPA2cvS4/vML
RpAgc5ei/M7I7LhH9y6wUKGiBVz5e+XEc8dRqvZZBRkEZstVmilBk2ZCc4hQly7u
BVn6KX/hAyqkILBIGAVGEPNgn9S4tv+ysoNngaVLYlkdGYM9OtyA8NFSSHIuuFQ0
Vl+i00UZ5sfG/AJdRRILF1N2KXEJgTsdwdY0CINYziVqD62pdJYPWNCXytV8Cqkx
ti2gWRU0piP/tir0kQIDAQABoEYwRAYJKoZIhvcNAQkOMTcwNTAzBgNVHREELDAq
ggFhhwTAAAIHhxAgAQ24AAAAAAAAAAAAAAAHgQ14QGV4YW1wbGUub3JnMA0GCSqG
SIb3DQEBCwUAA4IBAQB6gpNV9PzB0su3HD28SXvOlB63ApVtTF+Ki7dbcAhDj292
ga4Hz6FCjx2cYMi1jMNcm1vrr2YRefvhiwHopnzuNBWlgctNgQzuG0fnWAhD0lDv
jyKreJJ3mOKoD/40ydhaOjA4YoWjpPEgwfZttDLxFQNLEWqFQuEdeC4e4Em3ahCX
pic1JtuxkW6x0m/CSYZKdgWx8UHe3+4jSOrcD10zUI6z57MphyRxkdJTXaNxDC8D
NgYG+Kndw236Iyn/yM4lYPXqisfsbbtUtk9OzRlILSeGf7WdehkL1zl/cyX1qupe
EnZ8cKr1jskcI8B0MyyQZh3Po8CuCww1k1/C0plW
-----END CERTIFICATE REQUEST-----
`;

const WITH_ED25519 = `-----BEGIN CERTIFICATE REQUEST-----
MIGqMF4CAQAwKzENMAsGA1UEAwwEamFuZTEMMAoGA1UECgwDZGV2MQwwCgYDVQQK
DANvcHMwKjAFBgMrZXADIQAjnvqRkcr2SfAaZjt1dFDLjN2SRFM0YFTwoKqUDTPN
QaAAMAUGAytlcANBAKTmvIRelxYil1qK79dZW85s+l0eenM7TEj5c8wYu16YLk//
rzYjKbZNFgJLrfSOg8R72lLea/3Vc9telV656gQ=
-----END CERTIFICATE REQUEST-----
`;

for (const { name, pem, facts } of [
  {
    name: "openssl's, with an RSA key",
    pem: BY_OPENSSL,
    facts: {
      commonName: 'system:node:a',
      organizations: ['system:nodes'],
      hosts: ['a'],
      addresses: ['192.0.2.7', '2001:db8::7'],
      hasOtherNames: true,
    },
  },
  {
    name: 'without names, with an Ed25519 key',
    pem: WITH_ED25519,
    facts: {
      commonName: 'jane',
      organizations: ['dev', 'ops'],
      hosts: [],
      addresses: [],
      hasOtherNames: false,
    },
  },
]) {
  test(`reads a request: ${name}`, () => {
    const { publicKey, ...found } = readCertificateRequest(pem);
    assert.deepEqual(found, facts);
    assert.equal(publicKey.type, 'public');
  });
}

test('what we ask for is what is read', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const subject = { commonName: 'system:node:b', organizations: ['system:nodes'] };
  const names = ['b', '192.0.2.8', 'fd00::1'];
  const pem = createCertificateRequest({ subject, names, privateKey, publicKey });
  const { publicKey: read, ...facts } = readCertificateRequest(pem);
  assert.ok(read.equals(publicKey));
  assert.deepEqual(facts, {
    ...subject,
    hosts: ['b'],
    addresses: ['192.0.2.8', 'fd00::1'],
    hasOtherNames: false,
  });
});

test("a request for somebody else's key is refused", () => {
  const [own, theirs] = [1, 2].map(() => generateKeyPairSync('ec', { namedCurve: 'P-256' }));
  const wish = { subject: { commonName: 'x' }, names: ['x'], privateKey: own!.privateKey };
  const pem = createCertificateRequest({ ...wish, publicKey: theirs!.publicKey });
  assert.throws(() => readCertificateRequest(pem), /not signed with its own key/);
});

test('a request that was changed on its way says the same, or nothing', () => {
  const [, body = ''] = /REQUEST-----\n([\s\S]*?)-----END/.exec(WITH_ED25519) ?? [];
  const der = Buffer.from(body, 'base64');
  const pemOf = (bytes: Buffer) =>
    `-----BEGIN CERTIFICATE REQUEST-----\n${bytes.toString('base64')}\n-----END`;
  const read = (bytes: Buffer) => {
    try {
      const { publicKey, ...facts } = readCertificateRequest(pemOf(bytes));
      return { ...facts, key: publicKey.export({ type: 'spki', format: 'der' }).toString('hex') };
    } catch {
      return undefined;
    }
  };
  const whole = read(der);
  assert.ok(whole);
  let refused = 0;
  for (let at = 0; at < der.length; at++) {
    for (const change of [0x01, 0x80, 0xff]) {
      const bytes = Buffer.from(der);
      bytes[at]! ^= change;
      const found = read(bytes);
      if (found) assert.deepEqual(found, whole, `byte ${at}`);
      else refused++;
    }
    assert.equal(read(der.subarray(0, at)), undefined);
  }
  assert.ok(refused > der.length * 2.5, `${refused} refused`);
});
