/** The limits that a door keeps, so that a test can set them low. */
import { limits } from '../../machines/protocol/limits.ts';

export type DoorLimits = Readonly<
  Record<
    | 'frameBytesMax'
    | 'clientFrameBytesMax'
    | 'messagesPerFrameMax'
    | 'clientConnectionsMax'
    | 'clientBacklogBytesMax'
    | 'clientSilenceMsMax'
    | 'subscriptionsPerConnectionMax'
    | 'subscriptionBacklogBytesMax'
    | 'badMessagesInARowMax'
    | 'handshakesPendingMax'
    | 'handshakeTimeoutMs'
    | 'doorShutdownMs',
    number
  >
>;

export const doorLimits: DoorLimits = limits;
