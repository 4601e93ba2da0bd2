/** When something happens in a chart, in words: "on PAY", "after 1000 ms". By the type of its event. */

const ofXState: readonly (readonly [RegExp, (...names: string[]) => string])[] = [
  [/^xstate\.init$/, () => 'when it begins'],
  [/^xstate\.after\.(\d+)\./, (ms) => `after ${ms} ms`],
  [/^xstate\.after\.([^.]+)\./, (delay) => `after the delay "${delay}"`],
  [/^xstate\.done\.state\./, () => 'when it is done'],
  [/^xstate\.done\.actor\.(.*)$/, (id) => `when the actor "${id}" is done`],
  [/^xstate\.error\.actor\.(.*)$/, (id) => `when the actor "${id}" fails`],
  [/^xstate\.snapshot\.(.*)$/, (id) => `when the actor "${id}" changes`],
];

export function occasion(eventType: string): string {
  for (const [pattern, words] of ofXState) {
    const match = pattern.exec(eventType);
    if (match !== null) return words(...match.slice(1));
  }
  return `on ${eventType}`;
}
