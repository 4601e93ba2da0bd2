import { type News, upload } from './charts/upload.ts';
import { examine } from './examine.ts';
import type { Behaviour } from './example.ts';

/** A tenth every 100 ms; one file breaks off at 60 the first time, and another never ends. */
const transfer: Behaviour = ({ input, say }, after) => {
  const { file, from } = input as { file: string; from: number };
  const tell = (news: News): void => say({ says: news });
  let percent = from;
  let isPaused = false;

  const goOn = (): void =>
    after(100, () => {
      if (isPaused) return;
      percent += 10;
      if (file === 'endless') percent = Math.min(percent, 40);
      if (percent >= 100) return tell({ type: 'transfer.ended', url: `/files/${file}` });
      if (file === 'bad' && from === 0 && percent > 60) {
        return tell({ type: 'transfer.failed', reason: 'the line broke' });
      }
      tell({ type: 'transfer.progressed', percent });
      return goOn();
    });

  goOn();
  return ({ type }) => {
    if (type === 'PAUSE' && !isPaused) {
      isPaused = true;
      tell({ type: 'transfer.paused' });
    } else if (type === 'RESUME' && isPaused) {
      isPaused = false;
      tell({ type: 'transfer.resumed' });
      goOn();
    }
  };
};

examine({
  name: 'an upload',
  machine: (doors) => upload.provide({ actors: { transfer: doors.callback('transfer') } }),
  behaviours: { transfer },
  async story({ send, until, wait }) {
    await send({ type: 'CHOOSE', file: 'endless' });
    await until(({ context }) => (context as { percent: number }).percent >= 30);
    await send({ type: 'CANCEL' });
    await send({ type: 'CHOOSE', file: 'bad' });
    await until(({ context }) => (context as { percent: number }).percent >= 20);
    await send({ type: 'PAUSE' });
    await wait(1_000);
    await send({ type: 'RESUME' });
    await until(({ status, value }) => status === 'done' || value === 'failed');
    await until(({ status }) => status === 'done');
  },
  outcome: ({ status, output }) => ({ status, url: (output as { url: string }).url }),
});
