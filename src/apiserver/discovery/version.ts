import type { PathHandler } from '../http/handler.ts';
import { checkProduced, JSON_TYPE } from '../http/negotiation.ts';
import { methodNotAllowed, resourceNotServed } from '../registry/resource-table.ts';

/** The version of the Kubernetes API that is spoken. */
export const KUBERNETES_VERSION = { major: '1', minor: '36', patch: '2' } as const;

/** Answers `/version`, with our own version as build metadata. */
export const versionHandler = (ownVersion: string): PathHandler => {
  const { major, minor, patch } = KUBERNETES_VERSION;
  const gitVersion = `v${major}.${minor}.${patch}+tutti.${ownVersion}`;
  const document = {
    major,
    minor,
    emulationMajor: major,
    emulationMinor: minor,
    gitVersion,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '',
    goVersion: '',
    compiler: 'v8',
    platform: 'linux/amd64',
  };
  return {
    handle(exchange) {
      const { path, request } = exchange;
      if (path !== '/version' && !path.startsWith('/version/')) return false;
      if (path.length > '/version/'.length) throw resourceNotServed();
      if (request.method !== 'GET') throw methodNotAllowed();
      checkProduced(request, [JSON_TYPE]);
      exchange.sendJson(200, document);
      return true;
    },
  };
};
