import type { MessageShape } from '../machinery/shape.ts';
import { ShapeSet } from '../machinery/shape-set.ts';
import { shapeData } from './generated/shape-data.ts';

/** The shapes of every built-in kind. */
export const shapes: ShapeSet = new ShapeSet(shapeData);

/** The shape of a built-in kind, as in `{ ...deployments, shape: shapeOf(deployments) }`. */
export function shapeOf(type: { group: string; version: string; kind: string }): MessageShape {
  const shape = shapes.ofKind(type);
  if (!shape) throw new Error(`no shape of ${type.group}/${type.version} ${type.kind}`);
  return shape;
}
