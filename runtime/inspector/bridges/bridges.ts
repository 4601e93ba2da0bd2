/** The ways in for Stately's inspectors, by the path at which a WebSocket asks for each. */
import type { DoorLogger } from '../../gateway/logger.ts';
import type { NodeService } from '../../service.ts';
import { legacyBridge, legacyPath } from './legacy.ts';
import { observationOf, type ObservationParts } from './observation.ts';
import { statelyBridge, statelyPath } from './stately.ts';
import { type Bridge, type ViewerDoor, viewersOf } from './viewers.ts';

export type BridgesOptions = ObservationParts &
  Readonly<{
    service: Pick<NodeService, 'propose'>;
    logger: DoorLogger;
    /** Whether `/inspect/stately` is there at all. */
    speaksStately: boolean;
    /** Whether viewers may send events to instances. */
    mayAct: boolean;
  }>;

export function bridgesOf(options: BridgesOptions): ReadonlyMap<string, ViewerDoor> {
  const { node, clock, logger, service, mayAct } = options;
  const observation = observationOf(options);
  const doorOf = (bridge: Bridge): ViewerDoor => viewersOf({ bridge, observation, clock, logger });
  const doors = new Map([
    [legacyPath, doorOf(legacyBridge({ node, clock, observation, service, mayAct }))],
  ]);
  if (options.speaksStately) doors.set(statelyPath, doorOf(statelyBridge({ node, clock })));
  return doors;
}
