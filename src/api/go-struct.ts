import { sortedByKey } from '../machinery/quote.ts';
import { type FieldShape, isMessage, type MessageShape } from '../machinery/shape.ts';

type Fields = Readonly<Record<string, unknown>>;

// Kinds of these packages are the same inside of Kubernetes as outside, with their JSON tags.
const TAGGED = 'io.k8s.apimachinery.';

const INITIALISM =
  /^(api|aws|ca|ceph|cidr|csi|dns|fc|fs|gce|grpc|http|id|io|ip|iscsi|json|nfs|os|rbd|se|tcp|tls|tty|uid|uri|url)(?=[A-Z]|s?$)/;

/** The name that a field has in Go: `dnsPolicy` is DNSPolicy. */
export const goName = (name: string): string =>
  name.replace(INITIALISM, (word) => word.toUpperCase()).replace(/^./, (c) => c.toUpperCase());

/**
 * A structure as messages show it where Kubernetes prints its inner types: by Go's names, in the
 * order of declaration, with everything that is unset.
 */
export function goStruct(shape: MessageShape, value: object | undefined | null): object {
  const source = (value ?? {}) as Fields;
  return Object.fromEntries(
    shape.fields.map((field) => [goName(field.name), goValue(field, source[field.name])]),
  );
}

function goValue(field: FieldShape, value: unknown): unknown {
  const { container, pointer } = field;
  if (value === undefined || value === null) {
    return container !== 'none' || pointer ? null : zeroOf(field);
  }
  if (container === 'list') return (value as readonly unknown[]).map((each) => single(field, each));
  if (container === 'none') return single(field, value);
  const entries = Object.entries(value).map(([key, each]) => [key, single(field, each)] as const);
  return sortedByKey(Object.fromEntries(entries));
}

const single = ({ type }: FieldShape, value: unknown): unknown =>
  isMessage(type) && !type.name.startsWith(TAGGED) ? goStruct(type, value as object) : value;

function zeroOf({ type }: FieldShape): unknown {
  if (isMessage(type)) return type.name.startsWith(TAGGED) ? {} : goStruct(type, undefined);
  switch (type) {
    case 'string':
      return '';
    case 'bool':
      return false;
    case 'quantity':
      return '0';
    case 'int32':
    case 'int64':
    case 'double':
    case 'intOrString':
      return 0;
    default:
      return null;
  }
}
