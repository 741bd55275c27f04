// Expressions that say which devices will do (KEP-4381).
import { compile } from './cel/compile.ts';
import {
  BOOL,
  DYN,
  declaredName,
  type Field,
  isSameType,
  mapOf,
  objectOf,
  QUANTITY,
  STRING,
  type Type,
} from './cel/types.ts';

/** An attribute's value: of which type it is, only the device knows. */
const ANY: Type = { ...DYN, name: 'any' };
const byDomain = (value: Type): Type => mapOf(STRING, mapOf(STRING, value));

const FIELDS: Readonly<Record<string, Type>> = {
  driver: STRING,
  allowMultipleAllocations: BOOL,
  attributes: byDomain(ANY),
  capacity: byDomain(QUANTITY),
};

const DEVICE = objectOf(
  'kubernetes.DRADevice',
  new Map<string, Field>(
    Object.entries(FIELDS).map(([property, type]) => [property, { type, property }]),
  ),
);

/** What keeps a text from being an expression that selects devices, in Kubernetes' words. */
export function checkDeviceSelector(text: string): string | undefined {
  const { program, failure } = compile(text, { device: DEVICE }, { bindings: true });
  if (failure) return `compilation failed: ${failure.message}`;
  if (isSameType(program.type, BOOL) || isSameType(program.type, ANY)) return undefined;
  return `must evaluate to bool or the unknown type, not ${declaredName(program.type)}`;
}
