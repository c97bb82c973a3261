/**
 * Opens what poptray has sealed for a page (docs/target-pages.md): a compact JWE in the fragment, under a key that follows
 * from the session token. An ES module without dependencies; it needs WebCrypto, so a page on https or on this machine.
 *
 *   import { openContext } from './poptray-context.js';
 *   const { context } = await openContext({ application: 'com.example.crm', sessionToken });
 *   context.get('name');
 *
 * @typedef {object} Opened
 * @property {string} popId
 * @property {string} application
 * @property {number} iat Seconds since 1970: when it was sealed.
 * @property {number} exp Seconds since 1970: until when it could be opened first.
 * @property {URLSearchParams} context Names and values, in the order in which poptray got them.
 */

/** A clock may be off by so many seconds. */
const SKEW_S = 60;
const KEPT = 'poptray-context:';

/** `code`: `missing`, `malformed`, `unsupported`, `wrong-token` (or changed on the way), `wrong-application`, `expired`. */
export class ContextError extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.name = 'ContextError';
    this.code = code;
  }
}

/**
 * Opens the context in the page's fragment; what was opened once in this tab stays open to a reload, also when its time is
 * over. Rejects with ContextError.
 *
 * @param {{ application: string, sessionToken: string, hash?: string, now?: number, storage?: Storage | null }} options
 * `hash`: the page's own if absent. `now`: epoch milliseconds. `storage`: where it is kept for a reload; null: nowhere.
 * @returns {Promise<Opened>}
 */
export async function openContext({
  application,
  sessionToken,
  hash = location.hash,
  now = Date.now(),
  storage = sessionStorage,
}) {
  const jwe = sealedIn(hash);
  if (!jwe) throw new ContextError('missing', 'the fragment has no context');
  const opened = await decrypt(jwe, application, sessionToken);
  if (opened.application !== application)
    throw new ContextError('wrong-application', 'the context is for another application');
  const name = KEPT + (await digestOf(jwe));
  if (now / 1000 > opened.exp + SKEW_S && !storage?.getItem(name))
    throw new ContextError('expired', 'the context can no longer be opened');
  storage?.setItem(name, '1');
  return { ...opened, context: new URLSearchParams(opened.context) };
}

/** The last one, where a route has parameters of its own. @param {string} hash */
function sealedIn(hash) {
  const [, query = hash.slice(1)] = /^#[^?]*\?(.*)$/s.exec(hash) ?? [];
  return new URLSearchParams(query).getAll('context').at(-1);
}

/** @param {string} jwe @param {string} application @param {string} sessionToken */
async function decrypt(jwe, application, sessionToken) {
  const [header = '', key, iv = '', ciphertext = '', tag = '', ...more] = jwe.split('.');
  if (key !== '' || more.length > 0) throw malformed();
  const { alg, enc, typ, ...others } = json(bytesOf(header));
  if (alg !== 'dir' || enc !== 'A256GCM' || typ !== 'poptray-context+1' || Object.keys(others).length > 0)
    throw new ContextError('unsupported', 'the context is sealed in another way');
  const [nonce, sealed, seal] = [iv, ciphertext, tag].map(bytesOf);
  if (nonce.length !== 12 || seal.length !== 16) throw malformed();
  const data = new Uint8Array([...sealed, ...seal]);
  try {
    const plain = await crypto.subtle.decrypt(
      { name: 'AES-GCM', iv: nonce, additionalData: utf8(header) },
      await keyOf(application, sessionToken),
      data,
    );
    return json(new Uint8Array(plain));
  } catch (error) {
    if (error instanceof ContextError) throw error;
    throw new ContextError('wrong-token', 'the context cannot be opened with this session token');
  }
}

/** HKDF-SHA256 (RFC 5869). @param {string} application @param {string} sessionToken */
async function keyOf(application, sessionToken) {
  const material = await crypto.subtle.importKey('raw', utf8(sessionToken), 'HKDF', false, ['deriveKey']);
  const info = utf8(`poptray context 1\0${application}`);
  const derivation = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info };
  return crypto.subtle.deriveKey(derivation, material, { name: 'AES-GCM', length: 256 }, false, ['decrypt']);
}

/** Base64url without padding (RFC 7515), in its one spelling: decoders pass over bits that count for nothing. @param {string} text */
function bytesOf(text) {
  if (!/^[\w-]*$/.test(text)) throw malformed();
  let binary;
  try {
    binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    throw malformed();
  }
  const again = btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  if (again !== text) throw malformed();
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}

/** @param {Uint8Array} bytes */
function json(bytes) {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw malformed();
  }
}

/** @param {string} text */
async function digestOf(text) {
  const digest = await crypto.subtle.digest('SHA-256', utf8(text));
  return btoa(String.fromCharCode(...new Uint8Array(digest)));
}

function malformed() {
  return new ContextError('malformed', 'the context is not one that poptray has sealed');
}

/** @param {string} text */
function utf8(text) {
  return new TextEncoder().encode(text);
}
