/** The process that the migration's test kills: what a start does to the settings file of the folder that it is given. */
import { openSettings } from '../../main/config/settings.ts';

openSettings(process.argv[2] ?? '', {}).keepGood();
