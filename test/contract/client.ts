import { after, before, describe, test } from 'node:test';
import { ServedApi } from '../support/served-api.ts';
import { benchOn, type On, type TransportDriver } from './client-bench.ts';
import { deletingTests, failureTests } from './client-failures.ts';
import { readingTests } from './client-reads.ts';
import { lifeTests, watchTests } from './client-watches.ts';
import { writingTests } from './client-writes.ts';

/** Registers the tests that every transport must pass, with the typed client on top of it. */
export function clientContract(driver: TransportDriver): void {
  describe(`client contract: ${driver.name}`, () => {
    let served: ServedApi;
    before(async () => {
      served = await ServedApi.start();
    });
    after(() => served.close());

    const on: On = (name, body) =>
      test(name, { timeout: 20_000 }, async () => body(await benchOn(driver, served)));

    readingTests(on);
    writingTests(on);
    deletingTests(on);
    failureTests(on);
    watchTests(on);
    lifeTests(on);
  });
}
