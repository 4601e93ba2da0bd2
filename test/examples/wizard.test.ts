import { matchesState } from 'xstate';
import { wizard } from './charts/wizard.ts';
import { examine } from './examine.ts';

const isAt = (state: object) => (view: { value: unknown }) =>
  matchesState(state as never, view.value as never);
const isSaved = isAt({ store: 'saved' });

examine({
  name: 'a wizard',
  machine: (doors) => wizard.provide({ actors: { save: doors.promise('save') } }),
  behaviours: {
    save({ input, say }, after) {
      const { version, street } = input as { version: number; street: string };
      after(400, () => {
        if (street === 'Main') say({ fails: new Error('the store is full') });
        else say({ gives: { version } });
      });
    },
  },
  async story({ send, until, wait }) {
    await send({ type: 'NEXT' });
    await send({ type: 'WRITE', field: 'name', text: 'Ann' });
    await wait(300);
    await send({ type: 'WRITE', field: 'name', text: 'Anna' });
    await until(isSaved);
    await send({ type: 'NEXT' });
    await send({ type: 'WRITE', field: 'street', text: 'Ma' });
    await send({ type: 'TOGGLE_GIFT' });
    await send({ type: 'HELP' });
    await until(isAt({ page: { form: 'address' } }));
    await send({ type: 'WRITE', field: 'street', text: 'Main' });
    await until(({ context }) => (context as { problem: unknown }).problem !== null);
    await send({ type: 'HELP' });
    await send({ type: 'BACK' });
    await send({ type: 'BACK' });
    await send({ type: 'NEXT' });
    await send({ type: 'WRITE', field: 'street', text: 'Main Street' });
    await wait(800);
    // While it is being saved.
    await send({ type: 'WRITE', field: 'street', text: 'Main Street 1' });
    await until(isSaved);
    await send({ type: 'NEXT' });
    await send({ type: 'SUBMIT' });
    await until(({ status }) => status === 'done');
  },
  outcome: ({ status, output }) => ({ status, output }),
});
