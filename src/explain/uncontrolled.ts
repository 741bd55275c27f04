import { uncontrolled } from '../api/uncontrolled.ts';
import type { KubeObject } from '../machinery/object.ts';
import type { ClusterReader } from './cluster-reader.ts';
import { type Explanation, explained } from './explanation.ts';

/** That nothing acts on an object, where the server is Tutti and has no controller for its kind. */
export function explainUncontrolled(
  object: KubeObject,
  { isTutti }: Pick<ClusterReader, 'isTutti'>,
): Explanation | undefined {
  const kind = isTutti ? uncontrolled(object) : undefined;
  if (!kind) return undefined;
  const summary = `Tutti has no controller for ${kind.plural} yet; see docs/compatibility.md`;
  return explained(object, { state: 'wrong', summary });
}
