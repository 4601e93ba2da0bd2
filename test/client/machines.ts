/** What `quorate node` is given in the tests of the client. */
import { order } from './order.ts';

export const machines = { order };
