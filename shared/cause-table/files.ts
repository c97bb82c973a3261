/** Why a file or a folder cannot be used. */
import type { CauseRow } from './cause-row.ts';

const setFolder = {
  posix: 'export POPTRAY_DATA_DIR="$HOME/.config/poptray"',
  powershell: '$env:POPTRAY_DATA_DIR = "$env:APPDATA\\poptray"',
  cmd: 'set "POPTRAY_DATA_DIR=%APPDATA%\\poptray"',
};

export const fileCauses = {
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
} as const satisfies Record<string, CauseRow>;
