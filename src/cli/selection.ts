import type { Cluster } from './cluster.ts';
import { CommandError } from './command.ts';
import { findResource, inCategory, type ServedResource } from './discovery.ts';

/** Objects that a user named: one, or all of a type in a namespace, or everywhere. */
export interface Selection {
  readonly resource: ServedResource;
  readonly namespace?: string | undefined;
  readonly name?: string;
}

/** `deployment.apps`: a resource as messages name it before the slash. */
export const titleOf = ({ singular, group }: Pick<ServedResource, 'singular' | 'group'>): string =>
  group ? `${singular}.${group}` : singular;

/**
 * What the words of a command mean: `pods`, `deploy,svc`, `all`, `pod a b`, `pod/a svc/b`. Throws
 * CommandError when they mean nothing.
 */
export async function selectResources(
  cluster: Pick<Cluster, 'resources'>,
  words: readonly string[],
  { namespace }: { readonly namespace: string | undefined },
): Promise<Selection[]> {
  const served = await cluster.resources();
  const placed = (resource: ServedResource, name?: string): Selection => {
    if (name && resource.namespaced && !namespace) {
      throw new CommandError(`"${name}" is the name of one object, not of one in each namespace`, {
        isMisuse: true,
        advice: 'Leave out either the name or --all-namespaces.',
      });
    }
    return {
      resource,
      ...(resource.namespaced && { namespace }),
      ...(name && { name }),
    };
  };
  if (words.some((word) => word.includes('/'))) {
    return words.map((word) => {
      const [type = '', name = '', more] = word.split('/');
      if (!type || !name || more !== undefined) {
        throw new CommandError(`"${word}" is not TYPE/NAME`, {
          isMisuse: true,
          advice: 'Write either TYPE/NAME for each object, or one TYPE and then names.',
        });
      }
      return placed(findResource(served, type), name);
    });
  }
  const [types = '', ...names] = words;
  const listed = types.split(',').filter((type) => type !== '');
  const resources = listed.flatMap((type) => {
    const category = inCategory(served, type);
    return category.length > 0 ? category : [findResource(served, type)];
  });
  if (resources.length === 0) {
    throw new CommandError('no type was named', {
      isMisuse: true,
      advice: 'Name one, such as pods.',
    });
  }
  if (names.length === 0) return resources.map((resource) => placed(resource));
  return resources.flatMap((resource) => names.map((name) => placed(resource, name)));
}

/** The objects that words name one by one. Throws CommandError when a name is missing. */
export async function selectNamed(
  cluster: Pick<Cluster, 'resources'>,
  words: readonly string[],
  place: { readonly namespace: string },
): Promise<(Selection & { readonly name: string })[]> {
  const selections = await selectResources(cluster, words, place);
  return selections.map(({ name, ...selection }) => {
    if (name) return { ...selection, name };
    throw new CommandError(`which of the ${selection.resource.plural}? A name is missing`, {
      isMisuse: true,
      advice: `Write ${selection.resource.singular}/NAME; "tutti get ${selection.resource.plural}" lists them.`,
    });
  });
}
