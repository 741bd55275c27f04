import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from './oci.ts';
import { pauseProgram } from './pause.ts';

// Goal: the machine code stays what was run and read in a disassembler. That it works, test/e2e says.
for (const [architecture, machine, size, digest] of [
  ['amd64', 62, 284, 'sha256:0d2cd398f9759b45d054c61b8a4cf7e36c246965c2d54980ddaf91852950393d'],
  ['arm64', 183, 304, 'sha256:c1372b72428d799c98cb4b1b6ab63e525216d68469052a85f9f936300b62b0a5'],
] as const) {
  test(`the pause program for ${architecture} is the one that was checked`, () => {
    const program = pauseProgram(architecture);
    const view = new DataView(program.buffer);
    assert.equal(view.getUint16(18, true), machine);
    assert.equal(Number(view.getBigUint64(24, true)), 0x400000 + 64 + 2 * 56); // where it begins
    assert.equal(program.length, size);
    assert.equal(digestOf(program), digest);
  });
}
