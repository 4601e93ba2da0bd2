/** Every door that bytes of others come in by. */
import type { Target } from './target.ts';
import { clientAnswers } from './targets/client-answers.ts';
import { clientFrames } from './targets/client-frames.ts';
import { clientSession } from './targets/client-session.ts';
import { commands } from './targets/commands.ts';
import { httpRequests } from './targets/http-requests.ts';
import { journal } from './targets/journal.ts';
import { peerFrames } from './targets/peer-frames.ts';
import { peerHandshake } from './targets/peer-handshake.ts';
import { smallFiles } from './targets/small-files.ts';
import { viewerFrames } from './targets/viewer-frames.ts';

export const allTargets: readonly Target[] = [
  peerFrames,
  peerHandshake,
  clientFrames,
  clientSession,
  clientAnswers,
  viewerFrames,
  httpRequests,
  commands,
  journal,
  smallFiles,
];
