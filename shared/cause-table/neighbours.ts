/** Who else has the port or the data folder. */
import type { CauseRow } from './cause-row.ts';

const findHolder = {
  linux: "ss -ltnp 'sport = :{port}'",
  macos: 'lsof -nP -iTCP:{port} -sTCP:LISTEN',
  powershell: 'Get-NetTCPConnection -LocalPort {port} -State Listen',
  cmd: 'netstat -ano | findstr :{port}',
};

const OTHER_PORT =
  'Choose another with --port N, with "port" in settings.json or with POPTRAY_PORT, start poptray again and point the softphone there.';

export const neighbourCauses = {
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
