import { CommandError, command } from '../command.ts';
import { dryRunOption, namespaceOption, parseCount } from '../options.ts';
import { selectNamed, titleOf } from '../selection.ts';

export const scale = command({
  name: 'scale',
  summary: 'Set how many replicas a workload has',
  details: `Example:
  tutti scale deploy/web --replicas 5`,
  arguments: [{ name: 'TYPE/NAME', description: 'What to scale', variadic: true }],
  options: {
    namespace: namespaceOption,
    replicas: { value: 'N', description: 'How many replicas' },
    'dry-run': dryRunOption,
  },
  async run({ arguments: words, options }, context) {
    if (options.replicas === undefined) {
      throw new CommandError('--replicas is missing', {
        isMisuse: true,
        advice: `Say how many: tutti scale ${words.join(' ')} --replicas 3`,
      });
    }
    const replicas = parseCount(options.replicas, 'replicas');
    const cluster = await context.openCluster();
    const dryRun = options['dry-run'];
    const namespace = options.namespace ?? cluster.namespace;
    for (const target of await selectNamed(cluster, words, { namespace })) {
      await cluster.client.patch(
        target.resource,
        target,
        { type: 'merge', body: { spec: { replicas } } },
        { subresource: 'scale', ...(dryRun && { dryRun }) },
      );
      const suffix = dryRun ? ' (dry run)' : '';
      context.io.line(`${titleOf(target.resource)}/${target.name} scaled${suffix}`);
    }
    return 0;
  },
});
