import { matchesState } from 'xstate';
import { trafficLight } from './charts/traffic-light.ts';
import { examine } from './examine.ts';

examine({
  name: 'a traffic light',
  machine: () => trafficLight,
  async story({ send, until }) {
    await send({ type: 'RUSH_HOUR.ENDS' });
    await until(({ value }) => matchesState({ working: { red: 'hurry' } }, value as never));
    await send({ type: 'POWER.OUT' });
    await until(({ value }) => matchesState({ blinking: 'dark' }, value as never));
    await send({ type: 'POWER.BACK' });
    await until(({ context }) => (context as { rounds: number }).rounds === 1);
    await send({ type: 'RUSH_HOUR.BEGINS' });
    await until(({ context }) => (context as { rounds: number }).rounds === 2);
    await send({ type: 'POWER.OUT' });
    await send({ type: 'RUSH_HOUR.ENDS' });
  },
  outcome: ({ context, status }) => ({ context, status }),
});
