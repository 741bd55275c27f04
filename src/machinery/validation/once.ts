/**
 * A rule that isn't asked again about a frozen value in which it found nothing: that stays so. To
 * be used where findings follow from the value alone, and values are met again, as shared parts are.
 * What else the rule is told may only say where the value stands.
 */
export function untilNothingFound<T extends object, Where extends readonly unknown[], Finding>(
  rule: (value: T, ...where: Where) => Finding[],
): (value: T, ...where: Where) => Finding[] {
  const good = new WeakSet<T>();
  return (value, ...where) => {
    if (good.has(value)) return [];
    const findings = rule(value, ...where);
    if (findings.length === 0 && Object.isFrozen(value)) good.add(value);
    return findings;
  };
}
