/** Dials with `ws`, where there is Node. */
import { WebSocket } from 'ws';
import { limits } from '../../machines/protocol/limits.ts';
import type { Dial } from './client-socket.ts';

export const dialWebSocket: Dial = (url, patienceMs) =>
  new WebSocket(url, {
    handshakeTimeout: patienceMs,
    maxPayload: limits.frameBytesMax,
    perMessageDeflate: false,
  });
