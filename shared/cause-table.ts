/** Why something that poptray needs does not work: the one table of causes. docs/troubleshooting.md is made from it. */

/** Commands that help, by shell; `posix` where Linux and macOS have the same. `{fields}` are filled in as in the texts. */
export interface CauseCommands {
  readonly posix?: string;
  readonly linux?: string;
  readonly macos?: string;
  readonly powershell?: string;
  readonly cmd?: string;
}

interface CauseRow {
  /** What is wrong, in a sentence; `{fields}` are filled in. */
  readonly says: string;
  /** What to do about it; it never sends the reader to where this text stands. */
  readonly wayOut: string;
  readonly commands?: CauseCommands;
}

const lookUp = {
  posix: 'nslookup {host}',
  powershell: 'Resolve-DnsName {host}',
  cmd: 'nslookup {host}',
};

const nameProxy = {
  posix: "export HTTPS_PROXY='http://proxy.example:3128' NO_PROXY='localhost,.corp.example'",
  powershell: "$env:HTTPS_PROXY = 'http://proxy.example:3128'; $env:NO_PROXY = 'localhost,.corp.example'",
  cmd: 'set "HTTPS_PROXY=http://proxy.example:3128"\nset "NO_PROXY=localhost,.corp.example"',
};

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

const setFolder = {
  posix: 'export POPTRAY_DATA_DIR="$HOME/.config/poptray"',
  powershell: '$env:POPTRAY_DATA_DIR = "$env:APPDATA\\poptray"',
  cmd: 'set "POPTRAY_DATA_DIR=%APPDATA%\\poptray"',
};

const findHolder = {
  linux: "ss -ltnp 'sport = :{port}'",
  macos: 'lsof -nP -iTCP:{port} -sTCP:LISTEN',
  powershell: 'Get-NetTCPConnection -LocalPort {port} -State Listen',
  cmd: 'netstat -ano | findstr :{port}',
};

const OTHER_PORT =
  'Choose another with --port N, with "port" in settings.json or with POPTRAY_PORT, start poptray again and point the softphone there.';

const FIX_PROXY = 'Correct it where it is named; what can be reached without it goes into NO_PROXY.';

export const causeTable = {
  // The network.
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

  // The proxy.
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

  // Certificates and the clock.
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

  // Files.
  disk_full: {
    says: 'The disk of {path} is full.',
    wayOut: 'Free some space, or have the quota raised; a poptray that runs goes on by itself then.',
    commands: { posix: "df -h '{path}'", powershell: 'Get-PSDrive', cmd: 'dir "{path}"' },
  },
  read_only: {
    says: '{path} is on a file system that cannot be written to.',
    wayOut: 'Have it mounted for writing, or put the data folder on another disk with POPTRAY_DATA_DIR.',
    commands: setFolder,
  },
  no_permission: {
    says: 'This account may not read and write {path}.',
    wayOut: 'Give it back to this account, or put the data folder elsewhere with POPTRAY_DATA_DIR.',
    commands: {
      posix: "ls -la '{path}'\nsudo chown -R \"$(id -un)\" '{path}'",
      powershell: 'icacls \'{path}\' /grant "$($env:USERNAME):(OI)(CI)F"',
      cmd: 'icacls "{path}" /grant "%USERNAME%:(OI)(CI)F"',
    },
  },
  disk_failing: {
    says: '{path} cannot be read or written ({code}).',
    wayOut:
      'See that its disk is there and whole; put the data folder on another one with POPTRAY_DATA_DIR if it is not.',
    commands: setFolder,
  },
  open_to_others: {
    says: '{path} is open to other users.',
    wayOut: 'Replace the secrets in it if others could read them, then run chmod {mode} {quoted}.',
  },
  no_modes: {
    says: 'The file system of {path} does not keep who may read a file: others may read all that is there, and chmod changes nothing.',
    wayOut:
      'Put the data folder on a disk of this machine with POPTRAY_DATA_DIR (in WSL one inside Linux, not under /mnt). Or have the share mounted for you alone: CIFS with uid=YOU,file_mode=0600,dir_mode=0700, WSL’s drives with the option metadata.',
    commands: { posix: 'export POPTRAY_DATA_DIR="$HOME/.config/poptray"' },
  },
  no_locks: {
    says: 'The file system of {path} has no file locks, and without them two poptrays could write into one log.',
    wayOut: 'Put the data folder on a disk of this machine with POPTRAY_DATA_DIR.',
    commands: setFolder,
  },

  // The keychain.
  no_session_bus: {
    says: '{name} is in the keychain, which is out of reach: there is no session bus here ({reason}).',
    wayOut:
      'Start poptray in your desktop session. What runs outside of it, such as a service or a softphone’s hook, finds the bus by DBUS_SESSION_BUS_ADDRESS.',
    commands: { linux: 'export DBUS_SESSION_BUS_ADDRESS="unix:path=/run/user/$(id -u)/bus"' },
  },
  no_keychain: {
    says: '{name} is in the keychain, and none can be found here ({reason}).',
    wayOut:
      'Start the one that had it, or install it again. To give up what it holds, delete {list} and enter the secrets anew.',
    commands: { linux: 'sudo apt-get install gnome-keyring libsecret-1-0' },
  },
  keychain_off: {
    says: '{name} is in the keychain, which POPTRAY_KEYCHAIN=off has switched off.',
    wayOut:
      'Start poptray without that variable. To give up what the keychain holds, delete {list} and enter the secrets anew.',
    commands: {
      posix: 'unset POPTRAY_KEYCHAIN',
      powershell: 'Remove-Item Env:POPTRAY_KEYCHAIN',
      cmd: 'set POPTRAY_KEYCHAIN=',
    },
  },
  keychain_locked: {
    says: 'The OS keychain is locked or refuses poptray ({reason}).',
    wayOut:
      'Unlock it: poptray goes on by itself. Where there is no one to unlock it, POPTRAY_KEYCHAIN=off keeps secrets in an owner-only file.',
  },
  keychain_restarted: {
    says: 'The keychain does not know poptray any more: {reason}.',
    wayOut: 'Start poptray anew.',
  },
  too_long_for_keychain: {
    says: '{name} has {bytes} bytes, and the keychain of this system takes {limit}.',
    wayOut:
      'Get a shorter one from whoever issues it. Where there is none, POPTRAY_KEYCHAIN=off keeps secrets in an owner-only file.',
    commands: {
      powershell: "$env:POPTRAY_KEYCHAIN = 'off'",
      cmd: 'set "POPTRAY_KEYCHAIN=off"',
    },
  },

  // Who else is on this machine.
  port_of_other_user: {
    says: 'Port {port} belongs to another user of this computer ({user}).',
    wayOut: OTHER_PORT,
    commands: findHolder,
  },
  port_taken: {
    says: 'Port {port} is taken by another program.',
    wayOut: `End that program. Or else: ${OTHER_PORT}`,
    commands: findHolder,
  },
  port_forbidden: {
    says: 'This account may not use port {port}.',
    wayOut: OTHER_PORT,
  },
  folder_in_use: {
    says: 'Another poptray already uses the data folder {path}.',
    wayOut:
      'Use that one, or stop it first: quit it in the tray, or end the process that runs headless. Another folder goes by --data-dir DIR or POPTRAY_DATA_DIR.',
  },
} as const satisfies Record<string, CauseRow>;
