import { isSemanticallyEqual } from '../../machinery/equal.ts';
import {
  type FieldError,
  forbiddenField,
  invalid,
  required,
  tooLong,
} from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import type { MessageShape } from '../../machinery/shape.ts';
import { validateDnsSubdomain } from '../checks.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { validateInlineSource } from '../core-v1/persistent-volume/source-rules.ts';
import { validateCsiDriverName } from '../core-v1/pod/volume-source-rules.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { part } from '../drafts.ts';
import { volumeAttachments as resource } from '../generated/storage/v1/resources.ts';
import type {
  VolumeAttachment,
  VolumeAttachmentSource,
  VolumeAttachmentSpec,
  VolumeAttachmentStatus,
} from '../generated/storage/v1/types.ts';
import { goStruct } from '../go-struct.ts';
import { shapeOf } from '../shapes.ts';

const METADATA_MAX_BYTES = 256 * 1024;
const MESSAGE_MAX_BYTES = 1024;
const CODES = 'must be between 0 and 2147483647, inclusive';

const shape = shapeOf(resource);

function validateSpec(
  { attacher, nodeName, source }: VolumeAttachmentSpec,
  path: FieldPath,
): FieldError[] {
  const at = path.at('attacher');
  return [
    ...(attacher ? validateCsiDriverName(attacher, at) : [required(at)]),
    ...validateSource(source, path.at('source')),
    ...validateDnsSubdomain(nodeName ?? '', path.at('nodeName')),
  ];
}

function validateSource(
  { persistentVolumeName: name, inlineVolumeSpec: inline }: VolumeAttachmentSource,
  path: FieldPath,
): FieldError[] {
  const detail = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';
  if (inline && name !== undefined) return [forbiddenField(path, detail)];
  if (inline) return validateInlineSource(inline, path.at('inlineVolumeSpec'));
  if (name === undefined) return [required(path, detail)];
  if (name !== '') return [];
  return [required(path.at('persistentVolumeName'), 'must specify non empty persistentVolumeName')];
}

/** New attachments are looked at more closely than those that have been there for long. */
function validateNew({ source }: VolumeAttachmentSpec, path: FieldPath): FieldError[] {
  const { persistentVolumeName: name } = source;
  return name === undefined ? [] : validateDnsSubdomain(name, path.at('persistentVolumeName'));
}

function validateStatus(status: VolumeAttachmentStatus, path: FieldPath): FieldError[] {
  const entries = Object.entries(status.attachmentMetadata ?? {});
  const size = entries.flat().reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  const errors: FieldError[] = [];
  if (size > METADATA_MAX_BYTES) {
    errors.push(tooLong(path.at('attachmentMetadata'), METADATA_MAX_BYTES));
  }
  for (const field of ['attachError', 'detachError'] as const) {
    const { message = '', errorCode = 0 } = status[field] ?? {};
    if (Buffer.byteLength(message) > MESSAGE_MAX_BYTES) {
      // The limit that is told is another one, as in Kubernetes.
      errors.push(tooLong(path.at(field, 'message'), METADATA_MAX_BYTES));
    }
    if (errorCode < 0) errors.push(invalid(path.at(field, 'errorCode'), errorCode, CODES));
  }
  return errors;
}

/** A volume that is to be at a node, or is. */
export const volumeAttachments: ResourceDefinition<VolumeAttachment> = {
  ...resource,
  shape,
  conditionalUpdateOnly: true,
  checksMetadataAgain: true,
  deleteAnswersObject: true,

  defaults(draft) {
    part(part(draft, 'spec'), 'source');
  },
  validate: ({ spec, status }, { path }) => [
    ...validateSpec(spec, path.at('spec')),
    ...validateStatus(status, path.at('status')),
  ],
  validateCreate: ({ spec }, { path }) => validateNew(spec, path.at('spec', 'source')),
  validateUpdate(next, previous, { path }) {
    if (isSemanticallyEqual(next.spec, previous.spec)) return [];
    const shown = goStruct(shape.fieldsByName.get('spec')!.type as MessageShape, next.spec);
    return [invalid(path.at('spec'), shown, 'field is immutable')];
  },
  status: {
    keepsMetadata: true,
    validateUpdate: ({ status }, _previous, { path }) => validateStatus(status, path.at('status')),
  },

  columns: [
    nameColumn,
    column('Attacher', 'string', ({ spec }) => spec.attacher),
    column('PV', 'string', ({ spec }) => spec.source.persistentVolumeName ?? ''),
    column('Node', 'string', ({ spec }) => spec.nodeName),
    column('Attached', 'boolean', ({ status }) => status.attached),
    ageColumn,
  ],
};
