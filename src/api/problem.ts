import type { FastifyError } from 'fastify';
import { ERROR_CODES, type ErrorCode, KnownError, TransientDriverError } from '../base/errors.ts';
import type { Problem } from './contract/problem.ts';
import { whatIsWrong } from './validation-words.ts';

/** What is said about an error (RFC 9457). What was not foreseen is told in the log only. */
export function toProblem(error: unknown, requestId: string): Problem {
  if (error instanceof KnownError) return problem(error.code, error.message, requestId, error.hint);
  if (error instanceof TransientDriverError) {
    return problem('firewall-unreachable', error.message, requestId, 'It is tried again by itself.');
  }
  const known = fromFastify(error as Partial<FastifyError>);
  if (known !== undefined) return problem(known.code, known.message, requestId, known.hint);
  return {
    type: 'about:blank',
    title: 'Internal Server Error',
    status: 500,
    code: 'unexpected',
    detail: 'Something went wrong that was not foreseen.',
    hint: `The log has the details under the request id ${requestId}.`,
    requestId,
  };
}

function problem(code: ErrorCode, detail: string, requestId: string, hint: string | undefined): Problem {
  const title = code.replaceAll('-', ' ');
  return {
    type: `urn:sallyport:problem:${code}`,
    title: title.charAt(0).toUpperCase() + title.slice(1),
    status: ERROR_CODES[code],
    code,
    detail,
    ...(hint === undefined ? {} : { hint }),
    requestId,
  };
}

/** What Fastify itself refuses, in our words. */
function fromFastify(error: Partial<FastifyError>): KnownError | undefined {
  if (error.validation !== undefined) {
    const wrong = error.validation.map((one) => whatIsWrong(one, error.validationContext));
    return new KnownError('invalid-input', wrong.join('; '));
  }
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new KnownError('body-not-json', 'the body is not JSON', {
      hint: 'Send Content-Type: application/json.',
    });
  }
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new KnownError('body-too-large', 'the body is larger than 1 MiB');
  }
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return new KnownError('invalid-input', error.message ?? 'the request could not be read');
  }
  return undefined;
}
