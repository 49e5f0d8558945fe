/**
 * From the text of an environment variable to a value. A parser that is handed something else gives a problem that
 * reads on after the variable's name ("must be ...") and never repeats the text: it may hold a secret.
 */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };
export type Parser<T> = (text: string) => Parsed<T>;

export interface Address {
  /** A host name or an IP address; an IPv6 address without its brackets. */
  readonly host: string;
  readonly port: number;
}

const good = <T>(value: T): Parsed<T> => ({ ok: true, value });
const bad = (problem: string): Parsed<never> => ({ ok: false, problem });

export const text: Parser<string> = (value) => (value.includes('\0') ? bad('holds a NUL character') : good(value));

export const flag: Parser<boolean> = (value) => {
  switch (value.toLowerCase()) {
    case 'true':
    case '1':
    case 'yes':
    case 'on':
      return good(true);
    case 'false':
    case '0':
    case 'no':
    case 'off':
      return good(false);
    default:
      return bad('is neither on nor off');
  }
};

/** A whole number from `min` to `max`, both included. */
export function wholeNumber(min: number, max: number): Parser<number> {
  return (value) => {
    if (!/^\d{1,15}$/.test(value)) return bad('is not a whole number');
    const number = Number(value);
    if (number < min) return bad('is too small');
    return number > max ? bad('is too large') : good(number);
  };
}

export function oneOf<const T extends readonly string[]>(names: T): Parser<T[number]> {
  return (value) => {
    const name = names.find((known) => known === value.toLowerCase());
    return name === undefined ? bad('is none of the known values') : good(name);
  };
}

/** `host:port`, with an IPv6 address in brackets. Port 0 stands for any that is free. */
export const address: Parser<Address> = (value) => {
  const parts = /^(?:\[([0-9a-fA-F:.]+(?:%[\w.]+)?)\]|([^\s:[\]/@]+)):(\d{1,5})$/.exec(value);
  const host = parts?.[1] ?? parts?.[2];
  if (host === undefined) return bad('is not host:port');
  const port = Number(parts?.[3]);
  return port > 65_535 ? bad('has a port over 65535') : good({ host, port });
};

export const postgresUrl: Parser<string> = (value) => {
  if (value === '') return bad('is set but empty');
  let url: URL;
  try {
    url = new URL(value);
  } catch {
    return bad('is not a URL (special characters in the user name and the password are written as %XX)');
  }
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:') return bad('is not the URL of a PostgreSQL');
  try {
    for (const part of [url.username, url.password, url.pathname]) decodeURIComponent(part);
  } catch {
    return bad('has a % that starts no %XX');
  }
  return good(value);
};
