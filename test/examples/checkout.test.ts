import { checkout } from './charts/checkout.ts';
import { examine } from './examine.ts';

examine({
  name: 'a checkout',
  machine: (doors) =>
    checkout.provide({
      actors: { pay: doors.promise('pay') },
      actions: {
        sendReceipt: doors.action('sendReceipt'),
        warnMerchant: doors.action('warnMerchant'),
      },
    }),
  behaviours: {
    pay({ input, say }, after) {
      const { attempt, cents } = input as { attempt: number; cents: number };
      // The second time the bank hangs, and answers when nobody listens any more.
      if (attempt === 2) after(3_600, () => say({ gives: { receipt: 'too late' } }));
      else if (attempt < 6) after(250, () => say({ fails: new Error(`declined ${attempt}`) }));
      else after(250, () => say({ gives: { receipt: `r-${cents}` } }));
    },
  },
  async story({ send, until }) {
    await send({ type: 'PAY' });
    await send({ type: 'ADD', cents: 700 });
    await send({ type: 'ADD', cents: 50 });
    await send({ type: 'PAY' });
    await until(({ value, context }) => value === 'cart' && (context as Context).attempts === 4);
    await send({ type: 'PAY' });
    await until(({ value, context }) => value === 'cart' && (context as Context).attempts === 5);
    await send({ type: 'PAY' });
    await until(({ value }) => value === 'ready');
    await send({ type: 'SHIP' });
  },
});

type Context = Readonly<{ attempts: number }>;
