/** Why a host cannot be reached. */
import type { CauseRow } from './cause-row.ts';
import { nameProxy } from './proxy.ts';

const lookUp = {
  posix: 'nslookup {host}',
  powershell: 'Resolve-DnsName {host}',
  cmd: 'nslookup {host}',
};

export const networkCauses = {
  dns_unknown_name: {
    says: 'The name {host} does not exist for the DNS servers that this machine asks.',
    wayOut:
      'Check how it is spelled in the settings. A name that exists only inside the company needs its network or its VPN; where outside names are known to a proxy alone, name that in HTTPS_PROXY.',
    commands: lookUp,
  },
  dns_no_answer: {
    says: 'No DNS server has told the address of {host}.',
    wayOut: 'See that this machine is on the network, and that the DNS servers it is set to answer.',
    commands: {
      linux: 'resolvectl status || cat /etc/resolv.conf',
      macos: 'scutil --dns',
      powershell: 'Get-DnsClientServerAddress',
      cmd: 'ipconfig /all',
    },
  },
  refused: {
    says: 'Nothing takes connections at {host}: it was refused.',
    wayOut:
      'Check the port of the address in the settings. If it is right, the server there does not run, or a firewall refuses: ask who runs it.',
  },
  timed_out: {
    says: '{host} has not answered in time.',
    wayOut:
      'See that this machine is on the network or in the VPN that leads there. Where only a proxy leads out, name it in HTTPS_PROXY; else have the firewall let {host} through.',
    commands: nameProxy,
  },
  no_route: {
    says: 'This machine has no way to {host}: its network is down or does not lead there.',
    wayOut: 'Connect the network, or the VPN that leads there.',
  },
  connection_lost: {
    says: '{host} broke the connection off.',
    wayOut:
      'Try again. If it stays, a firewall or a proxy in between cuts it: ask who runs that whether {host} is let through.',
  },
  not_understood: {
    says: 'What answers at {host} does not answer as it should ({code}).',
    wayOut: 'Check host, port and http or https of the address in the settings.',
  },
  address_blocked: {
    says: '{host} is inside a network, where webhooks do not go by a rule of poptray.',
    wayOut:
      'Where it is a receiver of your own, name its address, its range or its host in "allow" of that webhook in the settings, then send what was given up again. Else use an address of it that is public.',
  },
} as const satisfies Record<string, CauseRow>;
