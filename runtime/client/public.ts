/** What the client library gives on every platform, besides `connect`. */
export { QuorateClientError, type ClientErrorCode } from './client-error.ts';
export type { Cluster, ClusterOptions } from './cluster.ts';
export { fromCluster, type ClusterLogic } from './from-cluster.ts';
export type {
  ActorOptions,
  Committed,
  NamedActor,
  ProposeOptions,
  ReadOptions,
  ReadResult,
  ReplicatedActor,
} from './replicated-actor.ts';
export type { BlankSnapshot, PlainBlank, PlainSnapshot } from './snapshots.ts';
