import { nodes } from '../../api/generated/core/v1/resources.ts';
import type { Container, Pod } from '../../api/generated/core/v1/types.ts';
import { type ClusterReader, HIDDEN } from '../cluster-reader.ts';
import { type Advice, untried } from '../explanation.ts';

const TAGS_SHOWN = 5;

/** What would mend that an image can't be pulled: one that the node has already, before all. */
export async function pullAdvice(
  { spec }: Pod,
  { image = '', imagePullPolicy }: Container,
  reader: ClusterReader,
): Promise<Advice[]> {
  const node = await reader.findIfAllowed(nodes, { name: spec.nodeName ?? '' });
  const images = (node !== HIDDEN && node?.status?.images) || [];
  const names = images.flatMap(({ names }) => (names ?? []).flatMap((name) => name ?? []));
  const isThere = names.some((name) =>
    [image, `${image}:latest`].some((each) => name === each || name.endsWith(`/${each}`)),
  );
  if (isThere && imagePullPolicy === 'Always') {
    return [untried('the node has an image of this name: set imagePullPolicy: IfNotPresent')];
  }
  const others = otherTags(image, names);
  const canBuild = others.length === 0 && reader.isTutti;
  return [
    ...(others.length > 0
      ? [untried(`name one that the node has: ${others.slice(0, TAGS_SHOWN).join(', ')}`)]
      : []),
    untried('see that the name and tag are right, and that the node reaches the registry'),
    ...(canBuild ? [untried('build it, if it is yours', `tutti image build DIR -t ${image}`)] : []),
    untried('where the registry wants a password, give the pod an imagePullSecret'),
  ];
}

/** The same image under other tags, as it would be written in a manifest. */
function otherTags(image: string, names: readonly string[]): string[] {
  const { repository } = partsOf(image);
  const found = names
    .map(partsOf)
    .filter((each) => each.repository === repository && each.tag !== undefined)
    .map(({ tag }) => `${repository}:${tag}`);
  return [...new Set(found)];
}

/** `docker.io/library/web:1` is what `web:1` is short for. */
function partsOf(name: string): { readonly repository: string; readonly tag: string | undefined } {
  const [path = ''] = name.split('@');
  const [, repository = path, tag] = /^(.*?)(?::([^:/]+))?$/.exec(path) ?? [];
  return {
    repository: repository.replace(/^docker\.io\//, '').replace(/^library\//, ''),
    tag: name.includes('@') ? undefined : tag,
  };
}
