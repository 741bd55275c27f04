import { type FieldError, invalid, required } from '../../../machinery/field-error.ts';
import type { FieldPath } from '../../../machinery/field-path.ts';
import { validateLegacyIp } from '../../../machinery/validation/addresses.ts';
import { invalidFor } from '../../../machinery/validation/labels.ts';
import { checkDns1123SubdomainWithUnderscore } from '../../../machinery/validation/names.ts';
import { validateDnsSubdomain, validateEach } from '../../checks.ts';
import type { HostAlias, PodDNSConfig } from '../../generated/core/v1/types.ts';

// What the C library of most images can take.
const NAME_SERVERS_MAX = 3;
const SEARCHES_MAX = 32;
const SEARCH_LIST_MAX_LENGTH = 2048;

/** How names are resolved in the pod, beside or in place of the cluster's way. */
export function validateDnsConfig(
  config: PodDNSConfig | undefined,
  policy: string | undefined,
  path: FieldPath,
): FieldError[] {
  if (policy === 'None') {
    if (!config) return [required(path, 'must provide `dnsConfig` when `dnsPolicy` is None')];
    if (!config.nameservers?.length) {
      const detail = 'must provide at least one DNS nameserver when `dnsPolicy` is None';
      return [required(path.at('nameservers'), detail)];
    }
  }
  if (!config) return [];
  const { nameservers = [], searches = [], options } = config;
  const errors: FieldError[] = [];
  if (nameservers.length > NAME_SERVERS_MAX) {
    const detail = `must not have more than ${NAME_SERVERS_MAX} nameservers`;
    errors.push(invalid(path.at('nameservers'), nameservers, detail));
  }
  errors.push(
    ...validateEach(nameservers, path.at('nameservers'), (ip, at) => validateLegacyIp(ip, at)),
  );
  errors.push(...validateSearches(searches, path.at('searches')));
  return [
    ...errors,
    ...validateEach(options, path.at('options'), ({ name }, at) =>
      name ? [] : [required(at, 'must not be empty')],
    ),
  ];
}

function validateSearches(searches: readonly string[], path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  const say = (limit: string) =>
    errors.push(invalid(path, searches, `must not have more than ${limit}`));
  if (searches.length > SEARCHES_MAX) say(`${SEARCHES_MAX} search paths`);
  if (searches.join(' ').length > SEARCH_LIST_MAX_LENGTH) {
    say(`${SEARCH_LIST_MAX_LENGTH} characters (including spaces) in the search list`);
  }
  return [
    ...errors,
    ...validateEach(searches, path, (search, at) => {
      if (search === '.') return [];
      const domain = search.replace(/\.$/, '');
      return invalidFor(checkDns1123SubdomainWithUnderscore(domain), domain, at);
    }),
  ];
}

/** Lines for the pod's hosts file. */
export const validateHostAliases = (
  aliases: readonly HostAlias[] | undefined,
  path: FieldPath,
): FieldError[] =>
  validateEach(aliases, path, ({ ip, hostnames }, at) => [
    ...validateLegacyIp(ip ?? '', at.at('ip')),
    ...validateEach(hostnames, at.at('hostnames'), validateDnsSubdomain),
  ]);
