import { authorizationFunctions } from './functions/authorization.ts';
import { conversions } from './functions/conversions.ts';
import { listFunctions } from './functions/lists.ts';
import { namedFormats } from './functions/named-formats.ts';
import { networkFunctions } from './functions/network.ts';
import { operators } from './functions/operators.ts';
import { optionalFunctions } from './functions/optionals.ts';
import { quantityFunctions } from './functions/quantities.ts';
import { regexFunctions } from './functions/regex.ts';
import { semverFunctions } from './functions/semver.ts';
import { stringFunctions } from './functions/strings.ts';
import { timeFunctions } from './functions/time.ts';
import { urlFunctions } from './functions/urls.ts';
import type { Overload } from './overload.ts';

const byName = new Map<string, Overload[]>();
for (const overload of [
  ...operators,
  ...conversions,
  ...timeFunctions,
  ...stringFunctions,
  ...listFunctions,
  ...optionalFunctions,
  ...regexFunctions,
  ...urlFunctions,
  ...quantityFunctions,
  ...networkFunctions,
  ...namedFormats,
  ...semverFunctions,
  ...authorizationFunctions,
]) {
  const known = byName.get(overload.name);
  if (known) known.push(overload);
  else byName.set(overload.name, [overload]);
}

/** All meanings of a function that rules can use, in the order in which the checker tries them. */
export const overloadsOf = (name: string): readonly Overload[] | undefined => byName.get(name);
