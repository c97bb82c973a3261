/** Why a certificate is not believed, and that the clock is wrong. */
import type { CauseRow } from './cause-row.ts';

const trustAuthority = {
  linux:
    'sudo cp authority.crt /usr/local/share/ca-certificates/ && sudo update-ca-certificates    # Debian, Ubuntu\nsudo cp authority.crt /etc/pki/ca-trust/source/anchors/ && sudo update-ca-trust        # Fedora, RHEL',
  macos: 'sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain authority.crt',
  powershell: 'certutil -addstore -f Root authority.crt',
  cmd: 'certutil -addstore -f Root authority.crt',
};

const setClock = {
  linux: 'sudo timedatectl set-ntp true',
  macos: 'sudo sntp -sS time.apple.com',
  powershell: 'w32tm /resync',
  cmd: 'w32tm /resync',
};

export const certificateCauses = {
  certificate_unknown_issuer: {
    says: 'The certificate of {host} comes from {issuer}, whom this machine does not trust.',
    wayOut:
      'If that is your company’s own authority, such as that of a proxy which looks into the traffic, have its certificate installed among the trusted authorities of this machine and start poptray again. If you do not know it, do not go on: somebody may be listening in.',
    commands: trustAuthority,
  },
  certificate_incomplete: {
    says: '{host} sends its certificate alone, and its issuer {issuer} is not known here.',
    wayOut:
      'Have who runs it send the whole chain, intermediates too. If {issuer} is your company’s own authority, have its certificate installed among the trusted authorities of this machine and start poptray again.',
    commands: trustAuthority,
  },
  certificate_self_signed: {
    says: '{host} has issued its certificate to itself ({issuer}).',
    wayOut:
      'Have it get one from an authority. Where it is your own, install that certificate among the trusted authorities of this machine and start poptray again.',
    commands: trustAuthority,
  },
  certificate_expired: {
    says: 'The certificate of {host} (from {issuer}) ended on {until}; this machine’s clock says {now}.',
    wayOut: 'If the clock is right, who runs {host} has to renew it. If not, set the clock right.',
    commands: setClock,
  },
  certificate_not_yet_valid: {
    says: 'The certificate of {host} (from {issuer}) counts from {from} on, and this machine’s clock says {now}.',
    wayOut: 'Set the clock right: most likely it is behind.',
    commands: setClock,
  },
  certificate_other_host: {
    says: 'The certificate that {host} shows is one for {names} (from {issuer}).',
    wayOut:
      'Write the address in the settings as the certificate has it, or have who runs it get one for {host}. If {issuer} means nothing to you, do not go on: somebody may be listening in.',
  },
  tls_failed: {
    says: 'No secure connection to {host} came about ({code}).',
    wayOut:
      'Check the port, and http or https, of the address in the settings. The server has to speak TLS 1.2 or newer; a firewall that looks into the traffic may be in the way.',
  },
  clock_off: {
    says: 'The clock of this machine is wrong: {off}.',
    wayOut: 'Set it right, and have the system keep it so.',
    commands: setClock,
  },
} as const satisfies Record<string, CauseRow>;
