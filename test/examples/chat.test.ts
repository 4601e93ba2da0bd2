import { archive, chat, messenger, room } from './charts/chat.ts';
import { examine } from './examine.ts';

examine({
  name: 'a chat',
  machine(doors) {
    const messengers = messenger.provide({ actors: { deliver: doors.promise('deliver') } });
    return chat.provide({
      actors: { archive, room: room.provide({ actors: { messenger: messengers } }) },
    });
  },
  behaviours: {
    deliver({ input, say }, after) {
      const { text, attempt } = input as { text: string; attempt: number };
      after(200, () => {
        if (text === 'lost' || (text === 'hard' && attempt < 2)) {
          say({ fails: new Error('nobody is there') });
        } else say({ gives: undefined });
      });
    },
  },
  async story({ send, until, wait }) {
    await send({ type: 'OPEN', room: 'red' });
    await send({ type: 'SAY', room: 'red', text: 'hard' });
    await send({ type: 'OPEN', room: 'blue' });
    await send({ type: 'OPEN', room: 'blue' });
    await send({ type: 'SAY', room: 'blue', text: 'easy' });
    await send({ type: 'SAY', room: 'blue', text: 'lost' });
    await until(({ context }) => (context as Context).complaints.length === 1);
    await wait(1_000);
    await send({ type: 'SAY', room: 'green', text: 'there is none' });
    await send({ type: 'CLOSE', room: 'red' });
    await send({ type: 'SAY', room: 'blue', text: 'lost' });
    await wait(350);
    await send({ type: 'HURRY', room: 'blue' });
    await send({ type: 'DROP', room: 'blue' });
    await send({ type: 'OPEN', room: 'blue' });
    await send({ type: 'SAY', room: 'blue', text: 'easy' });
    await wait(1_000);
  },
  outcome: ({ context }) => (context as Context).closed,
});

type Context = Readonly<{ complaints: readonly string[]; closed: readonly string[] }>;
