/** Who administers is on record: changes go into the audit log, or wait beside it until it takes them. */
import { changeBy, type RecordChange } from '../../../shared/change.ts';
import { entryOf } from '../../../shared/log-events.ts';
import type { AuditLog, Clock } from '../../pipeline/ports.ts';
import { dropChangeNote, noteChange, readChangeNotes } from './change-notes.ts';

/** How often the notes of other processes are looked for, in milliseconds. */
const LOOK_MS = 1000;

export interface Changes {
  readonly record: RecordChange;
  stop(): Promise<void>;
}

export interface ChangesDeps {
  readonly dataDir: string;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly onFault: (error: unknown) => void;
}

/** Looks for notes from now on. */
export function createChanges({ dataDir, audit, clock, onFault }: ChangesDeps): Changes {
  let cancel = () => {};
  let running: Promise<void> | undefined;
  let isStopped = false;
  look();

  function look(): void {
    running = bringIn().finally(() => {
      if (!isStopped) cancel = clock.after(LOOK_MS, look);
    });
  }

  async function bringIn(): Promise<void> {
    try {
      for (const note of readChangeNotes(dataDir)) {
        try {
          const { id, at, client, change } = note;
          await audit.append(entryOf({ kind: 'changed', client, change, noted: { id, at } }), 'durable');
        } catch {
          // Told where the log is kept; the note stays until it can be written.
          return;
        }
        dropChangeNote(dataDir, note);
      }
    } catch (error) {
      onFault(error);
    }
  }

  return {
    async record(actor, facts) {
      try {
        const { client } = actor;
        await audit.append(entryOf({ kind: 'changed', client, change: changeBy(actor, facts) }), 'durable');
      } catch {
        try {
          noteChange(dataDir, actor, facts, clock.now());
        } catch (error) {
          onFault(error);
        }
      }
    },
    async stop() {
      isStopped = true;
      cancel();
      await running;
    },
  };
}
