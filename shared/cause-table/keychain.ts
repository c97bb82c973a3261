/** Why a secret cannot be had from the keychain, or kept in it. */
import type { CauseRow } from './cause-row.ts';

export const keychainCauses = {
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
} as const satisfies Record<string, CauseRow>;
