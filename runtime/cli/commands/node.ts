/** `quorate node`: one node of a cluster, in this very process. */
import { Option, type Command } from 'commander';
import { address, logLevels, name, peer, type Address, type LogLevel } from '../arguments.ts';
import { command } from '../command.ts';
import { inspectOption } from './inspect-option.ts';

type Flags = Readonly<{
  id: string;
  listen: Address;
  peer?: ReadonlyMap<string, string>;
  data: string;
  machines?: string;
  cluster: string;
  hold: boolean;
  logLevel: LogLevel;
  allowInsecure: boolean;
  inspectAct: boolean;
  inspect?: 'stately';
}>;

export const nodeCommand = (): Command =>
  command('node', 'run one node of a cluster, in this process')
    .requiredOption('--id <name>', 'what the others call this node', name)
    .requiredOption('--listen <host:port>', 'for peers, clients and HTTP alike', address)
    .option('--peer <name=url>', 'another node, at the address where we dial it; repeatable', peer)
    .requiredOption('--data <dir>', 'the folder of its log; nobody else may use it')
    .option('--machines <file>', 'a module whose export `machines` maps names to XState machines')
    .option('--cluster <name>', 'nodes of another cluster are turned away', name, 'quorate')
    .option('--hold', 'stay in Init until somebody proposes Running', false)
    .addOption(
      new Option('--log-level <level>', 'how much to log').choices(logLevels).default('info'),
    )
    .option(
      '--inspect-act',
      'let viewers of the inspector send events and transfer leadership',
      false,
    )
    .addOption(inspectOption())
    .option('--allow-insecure', 'listen beyond this machine, without TLS or authentication', false)
    .action(async ({ peer: peers = new Map(), ...flags }: Flags) => {
      const { runNode } = await import('../node/run-node.ts');
      await runNode({ ...flags, peers });
    });
