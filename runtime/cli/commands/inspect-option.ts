/** For commands that run nodes: whose inspectors they should serve beside their own. */
import { Option } from 'commander';

export const inspectOption = (): Option =>
  new Option(
    '--inspect <whose>',
    'also serve /inspect/stately, in the words of @statelyai/inspect',
  ).choices(['stately']);
