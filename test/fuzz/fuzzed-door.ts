/** A real door on a port of its own, that remembers when something was thrown behind it. */
import { realClock } from '../../runtime/clock.ts';
import { createDoor } from '../../runtime/http/server.ts';
import { FakeService } from '../gateway/fake-service.ts';
import { watchUncaught } from './uncaught.ts';

export type FuzzedDoor = Readonly<{
  port: number;
  /** Throws what nobody caught. */
  assertWell: () => void;
  close: () => Promise<void>;
}>;

const silence = { debug: () => {}, info: () => {}, warn: () => {} };

export async function openFuzzedDoor(): Promise<FuzzedDoor> {
  const service = new FakeService();
  const door = await createDoor({
    listen: { host: '127.0.0.1', port: 0 },
    service,
    clock: realClock,
    logger: silence,
    onPeer: () => {},
    limits: { doorShutdownMs: 50 },
  });
  const uncaught = watchUncaught();
  return {
    port: door.address.port,
    assertWell: uncaught.assertNone,
    close: async () => {
      await door.close();
      uncaught.close();
    },
  };
}
