/** `GET /v1/machines/NAME/KEY`: one instance, as a `read` message would see it. */
import type { RefusalCode } from '../../machines/protocol/errors.ts';
import { isRefused } from '../gateway/answers.ts';
import { toRead } from '../gateway/asking.ts';
import { understandAs, type RefusedMessage } from '../gateway/client-protocol.ts';
import { isMachineName, type ReadMessage } from '../gateway/client-schema.ts';
import type { Tally } from '../gateway/tally.ts';
import type { NodeService } from '../service.ts';
import { reply, statusOf, type Problem, type Response } from './reply.ts';
import { decoded, type Target } from './target.ts';

type Surroundings = Readonly<{ service: NodeService; tally: Tally }>;

export function answerRead(
  response: Response,
  target: Target,
  { service, tally }: Surroundings,
): void {
  const [machinePart = '', keyPart = '', ...more] = target.path.split('/').slice(3);
  if (keyPart === '' || more.length > 0) return answerNoInstance(response, target.path);
  const machine = decoded(machinePart);
  const key = decoded(keyPart);
  if (machine === null || key === null) {
    return refuse(
      response,
      'bad-request',
      `${target.path} is not percent-encoded UTF-8; encode it`,
    );
  }
  if (!isMachineName(machine)) {
    return refuse(response, 'unknown-machine', `"${machinePart}" cannot be a machine's name`);
  }
  const message = asMessage(machine, key, target.query);
  if (message.type === 'refused') return refuse(response, message.code, message.message);
  tally.reads += 1;
  service.read(toRead(message), (outcome) => {
    if (isRefused(outcome)) return refuse(response, outcome.code, outcome.message);
    const { index, exists, view } = outcome;
    reply(response, 200, { index, exists, snapshot: view });
  });
}

/** So that paths and messages are held to the same rules, in the same words. */
function asMessage(
  machine: string,
  key: string,
  query: URLSearchParams,
): ReadMessage | RefusedMessage {
  const timeoutMs = query.get('timeoutMs');
  return understandAs('read', {
    machine,
    key,
    consistency: query.get('consistency') ?? undefined,
    timeoutMs: timeoutMs === null ? undefined : Number(timeoutMs),
  });
}

/** On a path, a machine that does not exist is a thing not found. */
const refuse = (response: Response, code: RefusalCode, message: string): void =>
  reply(response, code === 'unknown-machine' ? 404 : statusOf[code], {
    code,
    message,
  } satisfies Problem);

function answerNoInstance(response: Response, path: string): void {
  const message = `${path} names no instance; ask for /v1/machines/NAME/KEY, a slash in KEY as %2F`;
  reply(response, 404, { code: 'bad-request', message } satisfies Problem);
}
