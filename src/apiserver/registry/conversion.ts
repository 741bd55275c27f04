import type { KubeObject } from '../../machinery/object.ts';
import type { RegistryParts } from './parts.ts';
import type { ServedResource } from './served-resource.ts';

/** An object is asked for in a version that it has to be converted to first, elsewhere. */
export class ConversionMissing extends Error {
  override readonly name = 'ConversionMissing';
  readonly stored: KubeObject;

  constructor(stored: KubeObject) {
    super(`${stored.metadata.name} was not converted`);
    this.stored = stored;
  }
}

/**
 * Reads objects that somebody has to be asked to convert: all below a prefix are, in one go, and
 * what the read needs beside them, one by one. Rejects with what the one asked says.
 */
export async function readConverted<T>(
  { store }: RegistryParts,
  resource: ServedResource,
  prefix: string,
  read: () => T,
): Promise<T> {
  await resource.ready(
    store
      .snapshot()
      .list(prefix)
      .map(({ value }) => value),
  );
  for (;;) {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ConversionMissing)) throw error;
      await resource.ready([error.stored]);
    }
  }
}
