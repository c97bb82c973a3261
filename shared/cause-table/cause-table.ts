/** Why something that poptray needs does not work: the one table of causes. docs/troubleshooting.md is made from it. */
import { certificateCauses } from './certificates.ts';
import { fileCauses } from './files.ts';
import { keychainCauses } from './keychain.ts';
import { neighbourCauses } from './neighbours.ts';
import { networkCauses } from './network.ts';
import { proxyCauses } from './proxy.ts';
import { workstationCauses } from './workstation.ts';

/** By subject, in the order of the page. */
export const causeSections = {
  'The network': networkCauses,
  'The proxy': proxyCauses,
  'Certificates and the clock': certificateCauses,
  Files: fileCauses,
  'The keychain': keychainCauses,
  'Who else is on this machine': neighbourCauses,
  'Who works here': workstationCauses,
} as const;

export const causeTable = {
  ...networkCauses,
  ...proxyCauses,
  ...certificateCauses,
  ...fileCauses,
  ...keychainCauses,
  ...neighbourCauses,
  ...workstationCauses,
} as const;
