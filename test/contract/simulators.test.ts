// The simulators answer as the contracts say the real boxes do: the drivers' tests are worth as much as this is true.
import { afterEach, describe, expect, test } from 'vitest';
import * as opnsense from '../../scripts/simulators/opnsense.ts';
import * as pfsense from '../../scripts/simulators/pfsense.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

type Body = string | object | undefined;
const textOf = (body: Body) => (typeof body === 'string' ? body : JSON.stringify(body));

describe('OPNsense', () => {
  async function box(options: opnsense.OpnsenseOptions = {}) {
    const admin = { key: 'k', secret: 's', privileges: ['/api/*'] };
    const simulator = await opnsense.start({ aliases: ['plex_ext'], users: [admin], ...options });
    cleanups.push(simulator.close);
    const call = (method: string, path: string, body?: Body, headers: Record<string, string> = {}) =>
      fetch(`${simulator.url}/api/firewall/${path}`, {
        method,
        redirect: 'manual',
        headers: {
          authorization: `Basic ${btoa('k:s')}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: textOf(body) as string }),
      });
    return { simulator, call };
  }

  test.each<[string, string, Body, number, unknown]>([
    ['POST', 'alias_util/add/plex_ext', { address: '203.0.113.5' }, 200, { status: 'done' }],
    ['POST', 'alias_util/add/plex_ext', { address: '2001:DB8::2' }, 200, { status: 'not_an_address' }],
    ['POST', 'alias_util/add/plex_ext', { address: 'plex.tv' }, 200, { status: 'not_an_address' }],
    ['POST', 'alias_util/add/plex_ext', { address: '999.1.1.1' }, 200, { status: 'done' }],
    ['POST', 'alias_util/add/plex_ext', { address: '' }, 200, { status: 'done' }],
    ['POST', 'alias_util/add/plex_ext', { address: null }, 200, { status: 'failed' }],
    ['POST', 'alias_util/add/plex_ext', '{bad json', 200, { status: 'failed' }],
    [
      'POST',
      'alias_util/add/plex_ext',
      { address: ['203.0.113.6'] },
      500,
      { errorMessage: 'Unexpected error, check log for details' },
    ],
    [
      'POST',
      'alias_util/add/missing',
      { address: '203.0.113.5' },
      200,
      { status: 'failed', status_msg: 'nonexistent alias missing' },
    ],
    ['GET', 'alias_util/add/plex_ext', undefined, 200, { status: 'failed' }],
    ['POST', 'alias_util/delete/whatever', { address: '203.0.113.5' }, 200, { status: 'done' }],
    ['POST', 'alias_util/delete/plex_ext', {}, 200, { status: 'failed' }],
    ['POST', 'alias_util/flush/whatever', undefined, 200, { status: 'done' }],
    ['GET', 'alias_util/list/missing', undefined, 200, { total: 0, rowCount: 0, current: 1, rows: [] }],
    ['GET', 'alias_util/list', undefined, 404, { errorMessage: 'Endpoint not found' }],
    ['GET', 'alias_util/nothing', undefined, 404, { errorMessage: 'Endpoint not found' }],
    ['GET', 'alias/get_alias_uuid/nope', undefined, 200, []],
    [
      'POST',
      'alias/add_item',
      { alias: { name: 'no_type' } },
      200,
      { result: 'failed', validations: { 'alias.type': 'Option [] not in list.' } },
    ],
    ['POST', 'alias/add_item', { name: 'nowrap', type: 'host' }, 200, { result: 'failed' }],
    ['POST', 'alias/reconfigure', undefined, 200, { status: 'ok' }],
    ['GET', 'alias/reconfigure', undefined, 200, { status: 'failed' }],
  ])('%s %s %o', async (method, path, body, status, answer) => {
    const { call } = await box();
    const response = await call(method, path, body);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual(answer);
  });

  test('keeps what was added as pf spells it, and pages from the body only', async () => {
    const { call } = await box();
    for (const address of ['203.0.113.5', '203.0.113.5', '198.51.100.77/24', '2001:db8:0:0::1']) {
      await call('POST', 'alias_util/add/plex_ext', { address });
    }
    const all = [{ ip: '198.51.100.0/24' }, { ip: '203.0.113.5' }, { ip: '2001:db8::1' }];
    expect(await (await call('GET', 'alias_util/list/plex_ext?rowCount=1')).json()).toMatchObject({
      total: 3,
      rows: all,
    });
    const page = await call('POST', 'alias_util/list/plex_ext', { current: 2, rowCount: 2 });
    expect(await page.json()).toEqual({ total: 3, rowCount: 1, current: 2, rows: [{ ip: '2001:db8::1' }] });
  });

  test('removes on an exact match only', async () => {
    const { simulator, call } = await box();
    await call('POST', 'alias_util/add/plex_ext', { address: '2001:db8::1' });
    await call('POST', 'alias_util/delete/plex_ext', { address: '2001:db8:0::1' });
    expect(simulator.table('plex_ext')).toEqual(['2001:db8::1']);
    await call('POST', 'alias_util/delete/plex_ext', { address: '2001:db8::1' });
    expect(simulator.table('plex_ext')).toEqual([]);
  });

  test('an alias of type host costs a revision for every address, an external one none', async () => {
    const { simulator, call } = await box();
    await call('POST', 'alias/add_item', { alias: { name: 'plex_host', type: 'host', content: '' } });
    const before = simulator.state.revisions;
    await call('POST', 'alias_util/add/plex_host', { address: '203.0.113.5' });
    expect(simulator.state.revisions).toBe(before + 1);
    await call('POST', 'alias_util/add/plex_ext', { address: '203.0.113.5' });
    expect(simulator.state.revisions).toBe(before + 1);
  });

  test('an unknown endpoint is 404 before the key is looked at; without a key it is the login page', async () => {
    const { call } = await box({ switches: { loginDelayMs: 0, dropAuth: true } });
    expect((await call('GET', 'alias_util/nothing')).status).toBe(404);
    const response = await call('GET', 'alias_util/aliases');
    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toBe('/?url=/api/firewall/alias_util/aliases');
  });

  test('camelCase finds the route and not the privilege', async () => {
    const limited = { key: 'k', secret: 's', privileges: [opnsense.PF_TABLES_PRIVILEGE] };
    const { call } = await box({ users: [limited] });
    expect((await call('GET', 'alias_util/list/plex_ext')).status).toBe(200);
    const response = await call('GET', 'alias/getAliasUUID/plex_ext');
    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({ status: 403, message: 'Forbidden' });
  });

  test('JSON promised and not sent is 400', async () => {
    const { call } = await box();
    const response = await call('GET', 'alias_util/aliases', undefined, {
      'content-type': 'application/json',
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ status: 400, message: 'Invalid JSON syntax' });
  });

  test('without its backend: empty list, done, and an empty page', async () => {
    const { call } = await box({ switches: { configdDown: true, configdDelayMs: 0 } });
    expect(await (await call('GET', 'alias_util/list/plex_ext')).json()).toMatchObject({ total: 0 });
    expect(await (await call('POST', 'alias_util/add/plex_ext', { address: '203.0.113.5' })).json()).toEqual({
      status: 'done',
    });
    const aliases = await call('GET', 'alias_util/aliases');
    expect([aliases.status, aliases.headers.get('content-type'), await aliases.text()]).toEqual([
      200,
      'text/html; charset=UTF-8',
      '',
    ]);
  });
});

describe('pfSense', () => {
  const alias = (name: string, address: readonly string[], detail: readonly string[] = []) => ({
    name,
    type: 'host',
    descr: '',
    address,
    detail,
  });

  async function box(options: pfsense.PfsenseOptions = {}) {
    const admin = { key: 'k', privileges: ['page-all'] };
    const simulator = await pfsense.start({
      aliases: [alias('First', []), alias('Plex_Allowed', ['203.0.113.1', '203.0.113.2'], ['x', 'y'])],
      users: [admin],
      ...options,
      switches: { reloadMs: 1, ...options.switches },
    });
    cleanups.push(simulator.close);
    const call = async (method: string, path: string, body?: Body, headers: Record<string, string> = {}) => {
      const response = await fetch(`${simulator.url}/api/v2/${path}`, {
        method,
        headers: {
          'x-api-key': 'k',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: textOf(body) as string }),
      });
      const text = await response.text();
      const json = response.headers.get('content-type')?.startsWith('application/json') === true;
      return { status: response.status, body: json ? JSON.parse(text) : text };
    };
    const patch = (body: object) => call('PATCH', 'firewall/alias', { id: 1, ...body });
    return { simulator, call, patch };
  }

  test.each<[string, object, unknown]>([
    [
      'append keeps what is there',
      { address: ['203.0.113.3'], append: true },
      ['203.0.113.1', '203.0.113.2', '203.0.113.3'],
    ],
    [
      'append does not look for doubles',
      { address: ['203.0.113.1'], append: true },
      ['203.0.113.1', '203.0.113.2', '203.0.113.1'],
    ],
    [
      'append of the same list does nothing',
      { address: ['203.0.113.1', '203.0.113.2'], append: true },
      ['203.0.113.1', '203.0.113.2'],
    ],
    ['remove with the detail', { address: ['203.0.113.1'], detail: ['x'], remove: true }, ['203.0.113.2']],
    [
      'remove of everything is skipped',
      { address: ['203.0.113.1', '203.0.113.2'], detail: ['x', 'y'], remove: true },
      ['203.0.113.1', '203.0.113.2'],
    ],
    ['both at once empties it', { address: ['203.0.113.3'], detail: ['z'], append: true, remove: true }, []],
    ['a list replaces', { address: ['2001:DB8::5'], detail: [] }, ['2001:DB8::5']],
  ])('%s', async (_, body, address) => {
    const { patch } = await box();
    expect((await patch(body)).body.data.address).toEqual(address);
  });

  test.each<[object, number, string]>([
    [{ address: ['203.0.113.1'] }, 400, 'TOO_MANY_ALIAS_DETAILS'],
    [{ address: ['203.0.113.1'], remove: true }, 400, 'TOO_MANY_ALIAS_DETAILS'],
    [{ id: 99, address: [] }, 404, 'MODEL_OBJECT_NOT_FOUND'],
    [{ id: 0, name: 'Plex_Allowed' }, 400, 'FIELD_VALUE_CHANGED_WHEN_NOT_EDITABLE'],
    [{ address: '203.0.113.1' }, 400, 'FIELD_INVALID_MANY_VALUE'],
    [{ address: [1] }, 400, 'FIELD_INVALID_TYPE'],
    [{ address: ['10.0.0.0/8'], detail: [] }, 400, 'INVALID_HOST_ALIAS_ADDRESS'],
    [{ append: 'yes' }, 400, 'ENDPOINT_APPEND_FIELD_INVALID_TYPE'],
  ])('a change of %o is refused', async (body, status, responseId) => {
    const { simulator, patch } = await box();
    const answer = await patch(body);
    expect(answer).toMatchObject({ status, body: { code: status, response_id: responseId, data: [] } });
    expect(simulator.state.revisions).toBe(0);
  });

  test('names are found, unless a content type on the GET hides the query or the field is mistyped', async () => {
    const { call } = await box();
    expect((await call('GET', 'firewall/aliases?name=Plex_Allowed')).body.data).toHaveLength(1);
    expect((await call('GET', 'firewall/aliases?name=Nope')).body).toMatchObject({ status: 'ok', data: [] });
    expect((await call('GET', 'firewall/aliases?nam=Nope')).body.data).toHaveLength(2);
    const typed = await call('GET', 'firewall/aliases?name=Nope', undefined, {
      'content-type': 'application/json',
    });
    expect(typed.body.data).toHaveLength(2);
  });

  test('the table follows the alias only after an apply', async () => {
    const { simulator, call, patch } = await box();
    await patch({ address: ['2001:DB8::5', '203.0.113.9'], detail: [] });
    expect(simulator.table('Plex_Allowed')).toEqual(['203.0.113.1', '203.0.113.2']);
    expect((await call('GET', 'firewall/apply')).body.data).toEqual({
      applied: false,
      pending_subsystems: ['aliases'],
    });
    const blocking = await call('POST', 'firewall/apply', { async: false });
    expect(blocking.body.data).toEqual({ applied: true, pending_subsystems: [] });
    const table = await call('GET', 'diagnostics/table?id=Plex_Allowed');
    expect(table.body.data).toEqual({
      id: 'Plex_Allowed',
      name: 'Plex_Allowed',
      entries: ['203.0.113.9', '2001:db8::5'],
    });
  });

  test('apply in the change itself says applied before it is', async () => {
    const { simulator, call, patch } = await box({ switches: { reloadFails: true } });
    await patch({ address: [], detail: [], apply: true });
    expect((await call('GET', 'firewall/apply')).body.data.applied).toBe(true);
    expect(simulator.table('Plex_Allowed')).toHaveLength(2);
  });

  test('the eleventh waiting reload is refused', async () => {
    const { call } = await box({ switches: { reloadMs: 500 } });
    const answers = [];
    for (let i = 0; i < 11; i++) answers.push((await call('POST', 'firewall/apply', {})).status);
    expect(answers).toEqual([...Array(10).fill(200), 503]);
  });

  test.each<[string, string, Body, Record<string, string>, number, string]>([
    ['PUT', 'firewall/alias', {}, {}, 405, 'ENDPOINT_METHOD_NOT_ALLOWED'],
    ['POST', 'firewall/apply', '{', {}, 400, 'JSON_CONTENT_HANDLER_COULD_NOT_DECODE_JSON'],
    [
      'POST',
      'firewall/apply',
      '{}',
      { 'content-type': 'text/plain' },
      415,
      'CONTENT_HANDLER_DECODE_NOT_FOUND',
    ],
    [
      'GET',
      'firewall/apply',
      undefined,
      { accept: 'application/json, */*' },
      406,
      'CONTENT_HANDLER_ENCODE_NOT_FOUND',
    ],
    ['GET', 'firewall/apply', undefined, { 'x-api-key': 'wrong' }, 401, 'AUTH_AUTHENTICATION_FAILED'],
    ['GET', 'firewall/alias', undefined, {}, 400, 'MODEL_REQUIRES_ID'],
    ['GET', 'diagnostics/table?id=Nope', undefined, {}, 404, 'MODEL_OBJECT_NOT_FOUND'],
    ['POST', 'firewall/alias', { name: 'First', type: 'host' }, {}, 400, 'FIELD_MUST_BE_UNIQUE'],
    ['POST', 'firewall/alias', { name: 'New_One' }, {}, 400, 'FIELD_IS_REQUIRED'],
  ])('%s %s %o %o is refused', async (method, path, body, headers, status, responseId) => {
    const { call } = await box();
    expect(await call(method, path, body, headers)).toMatchObject({
      status,
      body: { response_id: responseId },
    });
  });

  test('an unknown address is nginx’s 404, even with a wrong key; so is the table before v2.6.0', async () => {
    const { call } = await box({ version: 'v2.5.4' });
    const unknown = await call('GET', 'nothing', undefined, { 'x-api-key': 'wrong' });
    expect(unknown).toMatchObject({ status: 404, body: expect.stringContaining('<center>nginx</center>') });
    expect((await call('GET', 'diagnostics/table?id=First')).status).toBe(404);
  });
});
