/**
 * The events that were sent through one actor, proposed one after the other: a proposal that is
 * tried again could otherwise be overtaken by the next.
 */
export type Sends<Sent> = Readonly<{ push(sent: Sent): void }>;

/** `deliver` never rejects. */
export function inTurn<Sent>(deliver: (sent: Sent) => Promise<void>): Sends<Sent> {
  const waiting: Sent[] = [];
  let isDelivering = false;

  const deliverAll = async (): Promise<void> => {
    isDelivering = true;
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      await deliver(next);
    }
    isDelivering = false;
  };
  return {
    push(sent) {
      waiting.push(sent);
      if (!isDelivering) void deliverAll();
    },
  };
}
