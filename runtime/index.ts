/** What `import … from 'quorate'` gives: a node in a process of your own, and the words around it. */
export { QuorateError, type ErrorCode } from '../machines/protocol/errors.ts';
export type { NodeStatus } from './service.ts';
export type { Logger } from './logger.ts';
export { startNode, type NodeOptions, type RunningNode } from './node.ts';
export { checkReplicable } from '../machines/replica/replicable.ts';
