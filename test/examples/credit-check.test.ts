import { type Bureau, creditCheck } from './charts/credit-check.ts';
import type { Doors } from './doors.ts';
import { examine } from './examine.ts';
import type { Behaviour } from './example.ts';

const scores: Readonly<Record<Bureau, number>> = { first: 710, second: 680, third: 0 };
const takesMs: Readonly<Record<Bureau, number>> = { first: 300, second: 900, third: 500 };

const askBureau: Behaviour = ({ input, say }, after) => {
  const { bureau, name } = input as { bureau: Bureau; name: string };
  after(takesMs[bureau], () => {
    if (scores[bureau] > 0 && name !== 'nobody') say({ gives: { score: scores[bureau] } });
    else say({ fails: new Error(`${bureau} does not know ${name}`) });
  });
};
const verify: Behaviour = ({ input, say }, after) => {
  const { name } = input as { name: string };
  after(400, () => {
    if (name === '') say({ fails: Object.assign(new TypeError('no name'), { code: 'nameless' }) });
    else say({ gives: name !== 'a forger' });
  });
};
const rateFor: Behaviour = ({ input, say }, after) => {
  const { score } = input as { score: number };
  after(350, () => say({ gives: score > 650 ? 3.5 : 7 }));
};

const machine = (doors: Doors) =>
  creditCheck.provide({
    actors: {
      verify: doors.promise('verify'),
      askBureau: doors.promise('askBureau'),
      rateFor: doors.promise('rateFor'),
    },
  });

const behaviours = { verify, askBureau, rateFor };

examine({
  name: 'a credit check',
  machine,
  behaviours,
  async story({ send, until }) {
    await send({ type: 'APPLY', name: '' });
    await until(({ value }) => value === 'idle');
    await send({ type: 'APPLY', name: 'ann' });
    await until(({ status }) => status === 'done');
  },
});

examine({
  name: 'a credit check that is declined',
  machine,
  behaviours,
  async story({ send, until }) {
    await send({ type: 'APPLY', name: 'nobody' });
    await until(({ value }) => value === 'declined');
    await send({ type: 'RECONSIDER' });
    await until(({ context }) => (context as { problems: unknown[] }).problems.length === 6);
  },
});
