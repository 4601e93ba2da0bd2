/** What the package says about itself, from sources and from dist alike. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

export const versionOf = (packageName: string): string => {
  const { version } = require(`${packageName}/package.json`) as { version: string };
  return version;
};

export const packageVersion = (): string => versionOf('quorate');
