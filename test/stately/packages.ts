/**
 * Stately's tools of the XState 4 era, as they are. Only from within this folder do their names,
 * and `xstate`, lead to them.
 */
import { WebSocket } from 'ws';

// On Node 20 the receiver finds none.
globalThis.WebSocket ??= WebSocket as unknown as typeof globalThis.WebSocket;

export { createWebSocketReceiver } from '@xstate/inspect';
export type { InspectReceiver, ParsedReceiverEvent } from '@xstate/inspect';
export { extractMachinesFromFile } from '@xstate/machine-extractor';
export { createMachine as createMachine4, State as State4 } from 'xstate';
export type { AnyStateMachine as AnyMachine4 } from 'xstate';
