/** The door for clients that is shipped, for clients that come by simulated sockets. */
import { ClientGateway } from '../../../runtime/gateway/client-gateway.ts';
import { doorLimits, type DoorLimits } from '../../../runtime/gateway/door-limits.ts';
import type { DoorLogger } from '../../../runtime/gateway/logger.ts';
import type { Corkable } from '../../../runtime/gateway/outbox.ts';
import { newTally } from '../../../runtime/gateway/tally.ts';
import type { NodeService } from '../../../runtime/service.ts';
import type { Host } from './network.ts';

const silentLogger: DoorLogger = { debug() {}, info() {}, warn() {} };

/** A cork spares system calls. There are none here, and each frame travels by itself. */
const noCork: Corkable = { cork() {}, uncork() {} };

export type ClientDoorOptions = Readonly<{
  host: Host;
  service: NodeService;
  limits?: Partial<DoorLimits>;
  logger?: DoorLogger;
}>;

export function clientDoor(options: ClientDoorOptions): ClientGateway {
  const { host, service, logger = silentLogger } = options;
  const gateway = new ClientGateway({
    service,
    clock: host.program.clock,
    logger,
    limits: { ...doorLimits, ...options.limits },
    tally: newTally(),
  });
  host.listen('client', {
    hasRoom: () => !gateway.isFull,
    accept: (socket) => gateway.open(socket, noCork),
  });
  return gateway;
}
