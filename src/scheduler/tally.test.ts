import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Tally } from './tally.ts';

// Goal: whatever joins and leaves, the sums, the minimum and the number of domains are those of
// what is there.
test('a tally is the sum of what has joined and not left', () => {
  const member = fc.record({
    domain: fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined }),
    amount: fc.nat({ max: 5 }),
  });
  const moves = fc.array(fc.record({ member, leaves: fc.nat({ max: 30 }) }), { maxLength: 40 });
  fc.assert(
    fc.property(moves, (all) => {
      const tally = new Tally({ isRanked: true });
      const present: { domain: string | undefined; amount: number }[] = [];
      for (const { member, leaves } of all) {
        if (leaves % 3 === 0 && present.length > 0) {
          const [{ domain, amount }] = present.splice(leaves % present.length, 1) as [
            typeof member,
          ];
          if (domain === undefined) tally.removeLone(amount);
          else tally.remove(domain, amount);
        } else {
          present.push(member);
          if (member.domain === undefined) tally.addLone(member.amount);
          else tally.add(member.domain, member.amount);
        }
        const sums = new Map<string | symbol, number>();
        for (const { domain, amount } of present) {
          const key = domain ?? Symbol();
          sums.set(key, (sums.get(key) ?? 0) + amount);
        }
        const values = [...sums.values()];
        assert.equal(tally.size, sums.size);
        assert.equal(
          tally.total,
          values.reduce((a, b) => a + b, 0),
        );
        assert.equal(tally.min, Math.min(...values));
        for (const domain of ['a', 'b', 'c']) assert.equal(tally.of(domain), sums.get(domain) ?? 0);
      }
    }),
    { seed: 1 },
  );
});
