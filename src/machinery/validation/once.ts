/**
 * A rule that isn't asked again about a frozen value in which it found nothing: that stays so. To
 * be used where findings follow from the value alone, and values are met again, as shared parts are.
 */
export function untilNothingFound<T extends object, Finding>(
  rule: (value: T) => Finding[],
): (value: T) => Finding[] {
  const good = new WeakSet<T>();
  return (value) => {
    if (good.has(value)) return [];
    const findings = rule(value);
    if (findings.length === 0 && Object.isFrozen(value)) good.add(value);
    return findings;
  };
}
