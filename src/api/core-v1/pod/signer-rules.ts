import { type FieldError, invalid, required, tooLong } from '../../../machinery/field-error.ts';
import type { FieldPath } from '../../../machinery/field-path.ts';
import { invalidFor } from '../../../machinery/validation/labels.ts';
import { checkDns1123Subdomain } from '../../../machinery/validation/names.ts';
import type { Problems } from '../../../machinery/validation/text-format.ts';

const DOMAIN_MAX_BYTES = 253;
const PATH_MAX_BYTES = 571;
const BUNDLE_SEPARATOR = ':';

/** The name of who signs certificates: a domain and a path, `example.com/serving`. */
export function validateSignerName(name: string, path: FieldPath): FieldError[] {
  if (name === '') return [required(path)];
  const [domain, ...rest] = name.split('/') as [string, ...string[]];
  if (rest.length !== 1) {
    const detail =
      "must be a fully qualified domain and path of the form 'example.com/signer-name'";
    return [invalid(path, name, detail)];
  }
  const [signer] = rest as [string];
  const errors = invalidFor(checkDns1123Subdomain(domain), domain, path);
  if (!domain.includes('.')) {
    const detail = 'should be a domain with at least two segments separated by dots';
    errors.push(invalid(path, domain, detail));
  }
  for (const problem of checkDns1123Subdomain(signer)) {
    errors.push(invalid(path, signer, `validating label "${signer}": ${problem}`));
  }
  const max = DOMAIN_MAX_BYTES + 1 + PATH_MAX_BYTES;
  if (Buffer.byteLength(name) > max) errors.push(tooLong(path, max));
  return errors;
}

function bundleNameProblems(name: string): Problems {
  const at = name.lastIndexOf(BUNDLE_SEPARATOR);
  return checkDns1123Subdomain(at < 0 ? name : name.slice(at + 1));
}

/** The name of a ClusterTrustBundle; that of a signer's begins with the signer. */
export const validateTrustBundleName = (name: string, path: FieldPath): FieldError[] =>
  bundleNameProblems(name).map((problem) =>
    invalid(path, name, `not a valid clustertrustbundlename: ${problem}`),
  );
