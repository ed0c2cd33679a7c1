/**
 * The part of undici that sends requests. Its index loads a browser's worth besides (fetch, WebSocket, caches): five megabytes and a
 * third of a second of the thread that has to read the firewall before it can confirm anything.
 */
import { createRequire } from 'node:module';
import type * as undici from 'undici';

const require = createRequire(import.meta.url);

export const Pool = require('undici/lib/dispatcher/pool.js') as typeof undici.Pool;
export const buildConnector = require('undici/lib/core/connect.js') as typeof undici.buildConnector;

export type Pool = undici.Pool;
export type Connector = undici.buildConnector.connector;
export type ResponseData = undici.Dispatcher.ResponseData;

/** As `pool.request()`, which only the index adds. */
export function request(pool: Pool, options: undici.Dispatcher.RequestOptions): Promise<ResponseData> {
  return send.call(pool, options);
}

const send = require('undici/lib/api/api-request.js') as (
  this: Pool,
  options: undici.Dispatcher.RequestOptions,
) => Promise<ResponseData>;
