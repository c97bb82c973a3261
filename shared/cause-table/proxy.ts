/** Why a proxy does not let a call through. */
import type { CauseRow } from './cause-row.ts';

/** Names it for the shell that poptray is started from. */
export const nameProxy = {
  posix: "export HTTPS_PROXY='http://proxy.example:3128' NO_PROXY='localhost,.corp.example'",
  powershell: "$env:HTTPS_PROXY = 'http://proxy.example:3128'; $env:NO_PROXY = 'localhost,.corp.example'",
  cmd: 'set "HTTPS_PROXY=http://proxy.example:3128"\nset "NO_PROXY=localhost,.corp.example"',
};

const FIX_PROXY = 'Correct it where it is named; what can be reached without it goes into NO_PROXY.';

export const proxyCauses = {
  proxy_unknown_name: {
    says: 'The name of the proxy {proxy} (from {via}) cannot be looked up.',
    wayOut: FIX_PROXY,
    commands: nameProxy,
  },
  proxy_refused: {
    says: 'Nothing takes connections at the proxy {proxy} (from {via}).',
    wayOut: FIX_PROXY,
    commands: nameProxy,
  },
  proxy_timed_out: {
    says: 'The proxy {proxy} (from {via}) has not answered in time.',
    wayOut: `See that this machine is on the network of the proxy. ${FIX_PROXY}`,
    commands: nameProxy,
  },
  proxy_wants_login: {
    says: 'The proxy {proxy} (from {via}) wants a sign-in (407, offers {schemes}), and its URL holds none.',
    wayOut:
      'Name it with a user and a password: http://USER:PASSWORD@{proxy}, where @ is written %40, : is %3A and % is %25.',
    commands: {
      posix: "export HTTPS_PROXY='http://USER:PASSWORD@{proxy}'",
      powershell: "$env:HTTPS_PROXY = 'http://USER:PASSWORD@{proxy}'",
      cmd: 'set "HTTPS_PROXY=http://USER:PASSWORD@{proxy}"',
    },
  },
  proxy_refuses_login: {
    says: 'The proxy {proxy} (from {via}) does not take the user and password of its URL (407, offers {schemes}).',
    wayOut: 'Correct them where the proxy is named; in a URL @ is written %40, : is %3A and % is %25.',
  },
  proxy_login_unknown: {
    says: 'The proxy {proxy} (from {via}) wants a sign-in by {schemes} (407), and poptray speaks Basic alone.',
    wayOut:
      'Have its administrator let {host} through without a sign-in. Or run a small proxy on this machine that signs in for you, such as Px or Cntlm, and name that one.',
    commands: {
      posix: "export HTTPS_PROXY='http://127.0.0.1:3128'",
      powershell: "$env:HTTPS_PROXY = 'http://127.0.0.1:3128'",
      cmd: 'set "HTTPS_PROXY=http://127.0.0.1:3128"',
    },
  },
  proxy_forbids: {
    says: 'The proxy {proxy} (from {via}) does not let calls to {host} through: it answered {status}.',
    wayOut:
      'Have its administrator allow {host}; where it can be reached without the proxy, add it to NO_PROXY.',
    commands: nameProxy,
  },
  proxy_finds_nothing: {
    says: 'The proxy {proxy} (from {via}) cannot reach {host} itself: it answered {status}.',
    wayOut:
      'Check how the host is spelled in the settings; if it is right, ask the administrator of the proxy. What can be reached without it goes into NO_PROXY.',
    commands: nameProxy,
  },
} as const satisfies Record<string, CauseRow>;
