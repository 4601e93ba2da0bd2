import { auction, type Lot } from './charts/auction.ts';
import { examine } from './examine.ts';

const lot = (reserve: number): Lot => ({
  title: 'a chair',
  reserve,
  openMs: 5_000,
  overtimeMs: 4_000,
});

examine({
  name: 'an auction',
  input: lot(100),
  machine: (doors) =>
    auction.provide({ actions: { writeToWinner: doors.action('writeToWinner') } }),
  async story({ send, until, wait }) {
    await send({ type: 'OPEN' });
    await wait(300);
    await send({ type: 'BID', bidder: 'ann', amount: 80 });
    await send({ type: 'WITHDRAW' });
    await send({ type: 'BID', bidder: 'bob', amount: 80 });
    await send({ type: 'BID', bidder: 'bob', amount: 120 });
    await until(({ status }) => status === 'done');
    await send({ type: 'BID', bidder: 'ann', amount: 500 });
  },
});

examine({
  name: 'an auction that writes to nobody twice',
  input: lot(0),
  machine: (doors) =>
    auction.provide({ actions: { writeToWinner: doors.action('writeToWinner') } }),
  replication: { effects: { writeToWinner: 'at-most-once' } },
  async story({ send, until }) {
    await send({ type: 'OPEN' });
    await send({ type: 'BID', bidder: 'ann', amount: 80 });
    await until(({ status }) => status === 'done');
  },
});

examine({
  name: 'an auction whose reserve nobody meets',
  input: lot(1_000),
  machine: (doors) =>
    auction.provide({ actions: { writeToWinner: doors.action('writeToWinner') } }),
  async story({ send, until }) {
    await send({ type: 'OPEN' });
    await send({ type: 'BID', bidder: 'ann', amount: 80 });
    await until(({ status }) => status === 'done');
  },
});
