/** A whole cluster on this machine, one supervised process a node. */
import { join } from 'node:path';
import type { QuorateError } from '../../../machines/protocol/errors.ts';
import { realClock } from '../../clock.ts';
import { askStatus } from '../../client/status.ts';
import { runNodeProcess, thisProgram } from './node-process.ts';
import { loopback } from './ports.ts';
import { Supervisor } from './supervisor.ts';

export type ClusterPlan = Readonly<{
  /** One node each, n1 on the first. */
  ports: readonly number[];
  /** Each node has its own folder in it, of its own name. */
  data: string;
  machines: string | null;
  /** Viewers of its inspectors may change things. */
  inspectAct: boolean;
  logLevel: string;
  /** Whose inspectors the nodes serve beside their own. */
  inspect?: 'stately' | null;
}>;

export type ClusterListener = Readonly<{
  report: (line: string) => void;
  logged: (node: string, line: string) => void;
}>;

export interface LocalCluster {
  /** The nodes' client doors, in their order. */
  readonly urls: readonly string[];
  /** Of the processes that run now. */
  pids(): readonly (number | undefined)[];
  /** Rejects when a node cannot start and never will. Does not resolve. */
  readonly failed: Promise<never>;
  /** From now on the cluster gets along without a node that cannot start. */
  hasStarted(): void;
  stop(): Promise<void>;
  kill(): void;
}

const nodeName = (at: number): string => `n${at + 1}`;

export function startCluster(plan: ClusterPlan, listener: ClusterListener): LocalCluster {
  let starting = true;
  let fail: (error: QuorateError) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  // Whoever waits for it hears of it; when nobody does, it is no unhandled rejection.
  failed.catch(() => {});

  const urls = plan.ports.map((port) => `ws://${loopback}:${port}/v1/client`);
  const supervisors = plan.ports.map((_, at) => {
    const id = nodeName(at);
    return new Supervisor({
      id,
      clock: realClock,
      run: () => runNodeProcess(nodeCommandLine(plan, at), (line) => listener.logged(id, line)),
      report: listener.report,
      answers: async () => (await askStatus(urls[at] ?? '')).status !== null,
      isStarting: () => starting,
      failed: (error) => fail(error),
    });
  });

  return {
    urls,
    pids: () => supervisors.map(({ pid }) => pid),
    failed,
    hasStarted: () => {
      starting = false;
    },
    stop: async () => {
      await Promise.all(supervisors.map((supervisor) => supervisor.stop()));
    },
    kill: () => {
      for (const supervisor of supervisors) supervisor.kill();
    },
  };
}

/** Held in Init: that the cluster comes to Running shall be seen to be somebody's proposal. */
const nodeCommandLine = (plan: ClusterPlan, at: number): readonly string[] => [
  ...thisProgram(),
  'node',
  '--id',
  nodeName(at),
  '--listen',
  `${loopback}:${plan.ports[at]}`,
  ...plan.ports.flatMap((port, other) =>
    other === at ? [] : ['--peer', `${nodeName(other)}=ws://${loopback}:${port}`],
  ),
  '--data',
  join(plan.data, nodeName(at)),
  ...(plan.machines === null ? [] : ['--machines', plan.machines]),
  ...(plan.inspectAct ? ['--inspect-act'] : []),
  '--log-level',
  plan.logLevel,
  ...(plan.inspect === undefined || plan.inspect === null ? [] : ['--inspect', plan.inspect]),
  '--hold',
];
