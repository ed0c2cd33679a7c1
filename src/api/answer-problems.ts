/** Every error of a route, told to whoever asked and to the log, each in what it can read. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { KnownError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Problem } from './contract/problem.ts';
import { toProblem } from './problem.ts';
import { problemPage, wantsPage } from './problem-page.ts';
import { type RefusalLog, TELLING } from './refusal-log.ts';
import type { Api } from './server.ts';

export interface ErrorDeps {
  readonly log: Log;
  readonly refused: RefusalLog;
  readonly basePath: string;
}

export function handleErrors(app: Api, { log, refused, basePath }: ErrorDeps): void {
  const tell = (error: unknown, request: FastifyRequest) => {
    const problem = toProblem(error, request.id);
    const what = { requestId: request.id, method: request.method, route: request.routeOptions.url };
    if (problem.status >= 500) log.error({ ...what, err: error }, problem.detail);
    else log.debug({ ...what, code: problem.code }, problem.detail);
    const code = request.is404 && problem.code === 'not-found' ? 'no-such-path' : problem.code;
    const level = request.is404 ? 'warn' : TELLING.get(code);
    if (request.peer !== undefined && level !== undefined) {
      refused({ code, from: request.peer.address, level, what: { ...what, detail: problem.detail } });
    }
    return problem;
  };
  const answer = (problem: Problem, request: FastifyRequest, reply: FastifyReply) => {
    reply.code(problem.status);
    if (wantsPage(request.method, request.headers)) {
      return reply.type('text/html; charset=utf-8').serializer(String).send(problemPage(problem, basePath));
    }
    return reply.type('application/problem+json').serializer(JSON.stringify).send(problem);
  };
  app.setErrorHandler((error, request, reply) => answer(tell(error, request), request, reply));
  app.setNotFoundHandler((request, reply) => {
    const error = new KnownError(
      'not-found',
      `there is no ${request.method} at this path`,
      notFoundHint(basePath),
    );
    return answer(tell(error, request), request, reply);
  });
}

function notFoundHint(basePath: string): { readonly hint?: string } {
  return basePath === '' ? {} : { hint: `Everything is below ${basePath}/ here.` };
}
