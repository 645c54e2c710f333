import { auditRestored, auditVerify } from './audit.command.js';
import type { Command } from './command.types.js';
import { configCheck } from './config-check.command.js';
import { configSplit } from './config-split.command.js';
import { migrate } from './migrate.command.js';
import { providerCheck } from './provider-check.command.js';
import { secretsCreate } from './secrets-create.command.js';
import { tokenShow } from './token-show.command.js';
import { tokenCreate, tokenList, tokenRevoke } from './tokens.command.js';
import { workList, workRetry } from './work.command.js';

/** Every command, in the order in which the help lists them. */
export const commands: readonly Command[] = [tokenShow, tokenList, tokenCreate, tokenRevoke, configCheck, configSplit, providerCheck, migrate, secretsCreate, workList, workRetry, auditVerify, auditRestored];
