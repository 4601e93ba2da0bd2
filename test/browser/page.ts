/** The page that the test opens in its tabs: one order, shown as React shows any actor. */
import { useSelector } from '@xstate/react';
import { connect } from '../../runtime/client/browser.ts';
import { createElement, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { order } from '../client/order.ts';

/** As far as it is used here; the other tests have no page to know of. */
type Page = {
  location: { search: string };
  document: { getElementById(id: string): Element };
  /** What the test looks at: each state of the order, as this tab was told. */
  seen: number[];
};
type Element = Parameters<typeof createRoot>[0];

const page = globalThis as unknown as Page;
const urls = new URLSearchParams(page.location.search).getAll('node');
const actor = connect(urls).actor(order, 'shared');

page.seen = [];
actor.subscribe(({ context }) => page.seen.push(context.cents));

function Order() {
  const state = useSelector(actor, ({ value }) => value ?? 'not known yet');
  const cents = useSelector(actor, ({ context }) => context?.cents);
  const mayShip = useSelector(actor, (snapshot) => snapshot.can({ type: 'SHIP' }));
  return createElement(
    'main',
    null,
    createElement('output', { id: 'state' }, state),
    createElement('output', { id: 'cents' }, cents),
    createElement(
      'button',
      { id: 'pay', onClick: () => actor.send({ type: 'PAY', cents: 1 }) },
      'Pay',
    ),
    createElement(
      'button',
      { id: 'ship', disabled: !mayShip, onClick: () => actor.send({ type: 'SHIP' }) },
      'Ship',
    ),
  );
}

createRoot(page.document.getElementById('root')).render(
  createElement(StrictMode, null, createElement(Order)),
);
