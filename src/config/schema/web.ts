/** Where the page is, under which names, who stands before it, and how people sign in besides with a password. */
import { z } from 'zod';
import { Secret } from '../../base/secret.ts';
import { secret } from './firewalls.ts';
import { endpoint, flag, oneOf, parsed, prefix } from './values.ts';

/** The path of a PEM file, which may change while we run, or its text, which cannot. */
export type PemSource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'text'; readonly text: Secret };

const pem = z
  .union([z.string().min(1), z.strictObject({ file: z.string().min(1) })], {
    error: 'write the path of a PEM file, or its text',
  })
  .transform((written): PemSource => {
    if (typeof written !== 'string') return { kind: 'file', path: written.file };
    return written.trimStart().startsWith('-----BEGIN')
      ? { kind: 'text', text: new Secret(written) }
      : { kind: 'file', path: written };
  });

export type TlsConfig =
  | { readonly mode: 'self-signed' }
  | { readonly mode: 'files'; readonly cert: PemSource; readonly key: PemSource };

const tls = z
  .strictObject({
    mode: oneOf('files', 'self-signed').default('files'),
    cert: pem.optional(),
    key: pem.optional(),
  })
  .transform(({ mode, cert, key }, context): TlsConfig => {
    const wrong = (path: string, message: string) => {
      context.addIssue({ code: 'custom', path: [path], message });
      return z.NEVER;
    };
    if (mode === 'self-signed') {
      if (cert === undefined && key === undefined) return { mode };
      return wrong('mode', 'write either self-signed, or cert and key: one of them would never be used');
    }
    if (cert === undefined) return wrong('cert', 'write the path of a PEM file, or its text');
    if (key === undefined) return wrong('key', 'write the path of a PEM file, or its text');
    return { mode, cert, key };
  });

/** As a browser sees it; the path is that of the page, without a final slash. */
const publicUrl = parsed((text) => {
  const url = new URL(text);
  if (!['http:', 'https:'].includes(url.protocol)) throw new RangeError('not http or https');
  if (url.search + url.hash + url.username + url.password !== '') throw new RangeError('more than a path');
  url.pathname = url.pathname.replace(/\/+$/, '');
  return url;
}, 'the address people open the page at, as in https://sallyport.example.org or https://example.org/sallyport');

const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?$/i;

/** As it is compared: lower case, without port, brackets and final dot. */
const allowedHost = z
  .string()
  .regex(HOST, { error: 'write a host name or an address' })
  .transform((text) =>
    text
      .toLowerCase()
      .replace(/:\d+$/, '')
      .replace(/^\[|\]$/g, '')
      .replace(/\.$/, ''),
  );

export const web = z
  .strictObject({
    listen: z.array(endpoint).min(1, { error: 'name at least one address' }).default(['127.0.0.1:8080']),
    publicUrl: publicUrl.optional(),
    allowedHosts: z.array(allowedHost).default([]),
    trustedProxies: z.array(prefix).default([]),
    basePath: z
      .string()
      .regex(/^(\/[A-Za-z0-9._~-]+)*$/, { error: 'write a path without a final slash, as in /sallyport' })
      .optional(),
    tls: tls.optional(),
    passwordLogin: flag.default(true),
  })
  .transform(({ publicUrl: url, basePath, allowedHosts, ...rest }, context) => {
    const pathOfUrl = url?.pathname.replace(/\/$/, '');
    if (basePath !== undefined && pathOfUrl !== undefined && basePath !== pathOfUrl) {
      context.addIssue({
        code: 'custom',
        path: ['basePath'],
        message: `write the path of publicUrl (${pathOfUrl || 'none'}), or leave it out: it is taken from there`,
      });
      return z.NEVER;
    }
    return {
      ...rest,
      ...(url === undefined ? {} : { publicUrl: url }),
      basePath: basePath ?? pathOfUrl ?? '',
      allowedHosts: [
        ...new Set([...allowedHosts, ...(url === undefined ? [] : [url.hostname.replace(/^\[|\]$/g, '')])]),
      ],
    };
  })
  .prefault({});

export type WebConfig = z.output<typeof web>;

/** Hosts on which clear text goes over no wire. */
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

const groupsOfRole = z.array(z.string().min(1)).default([]);

export const oidc = z
  .strictObject({
    issuer: parsed((text) => {
      const url = new URL(text);
      if (!['http:', 'https:'].includes(url.protocol)) throw new RangeError('not http or https');
      return url;
    }, 'the issuer as the provider names itself, as in https://auth.example.org'),
    clientId: z.string({ error: 'write the client id the provider knows Sallyport by' }).min(1),
    clientSecret: secret.optional(),
    roleClaim: z.string().min(1).default('groups'),
    admin: groupsOfRole,
    approver: groupsOfRole,
    viewer: groupsOfRole,
    // In OAuth they stand in one text with blanks between, and people write them so.
    scopes: z
      .array(
        z
          .string()
          .regex(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/, { error: 'write scopes, as in [openid, profile]' }),
      )
      .transform((written) => written.flatMap((text) => text.split(' ')).filter((scope) => scope !== ''))
      .default(['openid', 'profile', 'email', 'groups']),
    name: z.string().min(1).max(60).default('single sign-on'),
    allowHttp: flag.default(false),
  })
  .transform((written, context) => {
    const { issuer, allowHttp, admin, approver, viewer } = written;
    if (issuer.protocol === 'http:' && !allowHttp && !LOOPBACK.test(issuer.hostname)) {
      context.addIssue({
        code: 'custom',
        path: ['issuer'],
        message: 'write an https:// issuer: over http:// anybody on the way could sign in as admin',
      });
    }
    if (admin.length + approver.length + viewer.length === 0) {
      context.addIssue({
        code: 'custom',
        path: ['admin'],
        message: 'name the groups of at least one role: without them nobody could sign in',
      });
    }
    return written;
  });

export type OidcConfig = z.output<typeof oidc>;
