/** What is wrong with an input, for a person: where the contract has no words of its own, the validator's would be shown. */
import type { FastifySchemaValidationError } from 'fastify';

/** `client has to be at least 2 characters long`; a message of the contract's own stands behind a colon. */
export function whatIsWrong(
  { instancePath, keyword, message = '', params }: FastifySchemaValidationError,
  context: string | undefined,
): string {
  const path = instancePath.split('/').filter(Boolean).join('.');
  const what = path === '' ? `the ${context ?? 'input'}` : path;
  return OF_VALIDATOR.test(message) ? `${what} ${inWords(keyword, message, params)}` : `${what}: ${message}`;
}

/** How zod's own messages begin. */
const OF_VALIDATOR = /^(Invalid|Too (big|small)|Unrecognized key)/;

function inWords(keyword: string, message: string, params: Record<string, unknown>): string {
  switch (keyword) {
    case 'invalid_type':
      return message.endsWith('received undefined')
        ? 'is missing'
        : `has to be ${KINDS[String(params['expected'])] ?? 'something else'}`;
    case 'invalid_value':
      return `has to be ${listOf(params['values']).join(' or ')}`;
    case 'too_small':
      return params['minimum'] === 1 && params['origin'] === 'string'
        ? 'may not be empty'
        : `${bounded(params['origin'])} at least ${params['minimum']}${unitOf(params['origin'])}`;
    case 'too_big':
      return `${bounded(params['origin'])} at most ${params['maximum']}${unitOf(params['origin'])}`;
    case 'unrecognized_keys':
      return `has no ${listOf(params['keys']).join(', ')}`;
    case 'invalid_format':
      return params['format'] === 'datetime'
        ? 'has to be a time such as 2026-11-22T12:00:00Z'
        : 'is not written as it has to be';
    default:
      return 'is not what it has to be';
  }
}

function listOf(values: unknown): readonly string[] {
  return Array.isArray(values) ? values.map(String) : [];
}

function bounded(origin: unknown): string {
  return origin === 'array' ? 'has to have' : 'has to be';
}

function unitOf(origin: unknown): string {
  if (origin === 'string') return ' characters long';
  return origin === 'array' ? ' entries' : '';
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};
