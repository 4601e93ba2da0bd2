/** The model that the answers about a load's instances are judged by: the load's rules by hand. */
import type { InstanceView } from '../../../machines/protocol/outcome.ts';
import { steppedModel } from '../checkers/models/instance.ts';
import type { Load, Standing } from './load.ts';

export const viewOf = ({ value, context }: Standing): InstanceView => ({
  status: 'active',
  value,
  context,
});

export const modelOf = ({ byHand: { start, take } }: Load) =>
  steppedModel<Standing>({
    take(from, event) {
      const taken = take(from ?? start, event);
      return { accepted: taken !== null, state: taken ?? from ?? start };
    },
    view: viewOf,
    identity: (standing) => JSON.stringify(standing),
  });
