import { editDistance } from '../base/edit-distance.ts';
import type { MessageShape } from '../machinery/shape.ts';
import { isMessage } from '../machinery/shape.ts';
import type { StatusError } from '../machinery/status.ts';
import type { Manifest } from './manifests.ts';

const MOST_TYPING_MISTAKES = 2;

/** What to do about a manifest that the server has refused. */
export async function adviceOnRefusal(
  { reason, message, details }: StatusError,
  manifest: Pick<Manifest, 'group' | 'version' | 'kind'>,
): Promise<string> {
  if (reason === 'Conflict') {
    return 'Another manager set these fields. Take them over with --force-conflicts.';
  }
  if (reason === 'NotFound' && details?.kind === 'namespaces') {
    return `Create the namespace first: kubectl create namespace ${details.name}`;
  }
  const [, text, given] = /\.(\S+): expected string, got .*\{Value:(.*?)\}/.exec(message) ?? [];
  if (text) return `Put the value of ${text} in quotes: "${given}".`;
  const near = await nearField(message, manifest);
  if (near) return `Did you mean "${near}"?`;
  return 'Mend the manifest, then apply it again. What was applied before it stays.';
}

/** The field that a message on an unknown one was meant to be, if there is one that is near. */
async function nearField(
  message: string,
  type: Pick<Manifest, 'group' | 'version' | 'kind'>,
): Promise<string | undefined> {
  const [, declared, decoded] =
    /(\.\S+): field not declared in schema|unknown field "([^"]+)"/.exec(message) ?? [];
  const path = declared ?? decoded;
  if (!path) return undefined;
  const { shapes } = await import('../api/shapes.ts'); // Takes a while, and is seldom needed.
  const names = path
    .replace(/\[[^\]]*\]/g, '')
    .split('.')
    .filter(Boolean);
  const wrong = names.pop() ?? '';
  const shape = names.reduce(shapeWithin, shapes.ofKind(type));
  return [...(shape?.fieldsByName.keys() ?? [])]
    .map((name) => ({ name, distance: editDistance([name, wrong]) }))
    .filter(({ distance }) => distance <= Math.min(MOST_TYPING_MISTAKES, wrong.length / 2))
    .sort((a, b) => a.distance - b.distance)[0]?.name;
}

function shapeWithin(shape: MessageShape | undefined, name: string): MessageShape | undefined {
  const type = shape?.fieldsByName.get(name)?.type;
  return type && isMessage(type) ? type : undefined;
}
