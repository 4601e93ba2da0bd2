/** `node --import ./register.mjs --import tsx …`: sources can be loaded with a bug planted in them. */
import { register } from 'node:module';

register('./hooks.mjs', import.meta.url);
