import { isSemanticallyEqual } from '../../../machinery/equal.ts';
import { FieldPath } from '../../../machinery/field-path.ts';
import type { Draft } from '../../../machinery/object.ts';
import type { AppArmorProfile, Pod } from '../../generated/core/v1/types.ts';
import { APP_ARMOR_CONTAINER } from './annotation-rules.ts';

/** What to tell who gives a profile by annotation. */
export const APP_ARMOR_IS_A_FIELD =
  'deprecated since v1.30; use the "appArmorProfile" field instead';

const LOCALHOST = 'localhost/';
const PATH_MAX_BYTES = 4095;

/**
 * Writes profiles that a new pod gives by annotation into the containers they are for, which nodes
 * read (KEP-24). Answers what to tell the client.
 */
export function takeOverProfiles({ metadata, spec }: Draft<Pod>): string[] {
  const { annotations } = metadata;
  if (!annotations || spec.os?.name === 'windows') return [];
  const warnings: string[] = [];
  const ofPod = spec.securityContext?.appArmorProfile;
  const containers = [
    ...(spec.initContainers ?? []),
    ...(spec.containers ?? []),
    ...(spec.ephemeralContainers ?? []),
  ];
  for (const container of containers) {
    const key = APP_ARMOR_CONTAINER + container.name;
    const text = annotations[key];
    if (text === undefined || container.securityContext?.appArmorProfile) continue;
    const profile = profileOf(text);
    if (profile && isSemanticallyEqual(profile, ofPod)) continue;
    if (profile) {
      container.securityContext = { ...container.securityContext, appArmorProfile: profile };
    }
    const at = FieldPath.root.at('metadata', 'annotations').key(key);
    warnings.push(`${at}: ${APP_ARMOR_IS_A_FIELD}`);
  }
  return warnings;
}

function profileOf(text: string): AppArmorProfile | undefined {
  if (text === 'unconfined') return { type: 'Unconfined' };
  if (text === 'runtime/default') return { type: 'RuntimeDefault' };
  if (!text.startsWith(LOCALHOST)) return undefined;
  const file = text.slice(LOCALHOST.length);
  const isFile = file !== '' && file === file.trim() && Buffer.byteLength(file) <= PATH_MAX_BYTES;
  return isFile ? { type: 'Localhost', localhostProfile: file } : undefined;
}
