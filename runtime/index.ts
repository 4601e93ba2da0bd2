/** What `import … from 'quorate'` gives: a node in a process of your own, and the words around it. */
export { QuorateError, type ErrorCode } from '../machines/protocol/errors.ts';
export type { NodeStatus } from './service.ts';
export type { Logger } from './logger.ts';
export { startNode, type InspectorSettings, type NodeOptions, type RunningNode } from './node.ts';
export type { ShownPlace, Redact } from './inspector/showing.ts';
export { checkReplicable, type CheckOptions, type CheckReport } from './check/check-replicable.ts';
export {
  replicated,
  type Definition,
  type EffectPolicy,
  type MissedDeadlines,
  type Replicated,
  type ReplicationOptions,
} from '../machines/replica/replicated.ts';
export { sendToInstance, type Target } from '../machines/replica/sending.ts';
export { effectInfo, type EffectInfo } from './duties/effect-run.ts';
