/** One pop from trigger to end: its facts, what went wrong, each entry that it left, and another go. */
import type { AuditEntry } from '../../../shared/audit.ts';
import { useAnswer } from '../../data/use-answer.ts';
import { formatMs } from '../../format.ts';
import { Drawer } from '../../parts/drawer.tsx';
import { Focus, Outcome } from '../../parts/outcome.tsx';
import { PhaseBar } from '../../parts/phase-bar.tsx';
import { ProblemNote } from '../../parts/problem.tsx';
import { Empty, Failure, Loading } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import { WrongMembers } from '../../parts/wrong-members.tsx';
import { EntryFacts } from './entry-facts.tsx';
import { ShowAgain } from './show-again.tsx';
import { Timeline } from './timeline.tsx';

interface Props {
  /** null for an entry that never became a pop: then `entry` is all there is. */
  readonly popId: string | null;
  readonly entry?: AuditEntry | undefined;
  readonly onClose: () => void;
}

/** As a sheet over the list that it was chosen from. */
export function Story({ popId, entry, onClose }: Props) {
  return (
    <Drawer
      title={popId !== null ? 'Pop' : entry?.type === 'changed' ? 'Change' : 'Refused request'}
      onClose={onClose}
    >
      {popId !== null ? <PopStory popId={popId} /> : entry && <EntryStory entry={entry} />}
    </Drawer>
  );
}

function EntryStory({ entry }: { entry: AuditEntry }) {
  return (
    <>
      <Summary entry={entry} />
      {entry.code !== null && (
        <ProblemNote code={entry.code} detail={entry.detail}>
          <WrongMembers errors={entry.errors} />
        </ProblemNote>
      )}
      <EntryFacts entry={entry} />
    </>
  );
}

function PopStory({ popId }: { popId: string }) {
  const story = useAnswer('popStory', { popId });
  if (!story.value) {
    return story.failure ? <Failure failure={story.failure} onRetry={story.reload} /> : <Loading rows={5} />;
  }
  const { entries, canSendAgain } = story.value;
  const last = entries.findLast(({ type }) => type === 'result' || type === 'refused') ?? entries.at(-1);
  if (!last) return <Empty icon="search" title="The log has no such pop" />;
  return (
    <>
      <Summary entry={last} />
      {last.type !== 'intent' && last.code !== null && <ProblemNote code={last.code} />}
      <ShowAgain result={last} canSendAgain={canSendAgain} onShown={story.reload} />
      <h3>What happened</h3>
      <Timeline entries={entries} popId={popId} />
      <h3>Facts</h3>
      <EntryFacts entry={last} />
    </>
  );
}

function Summary({ entry }: { entry: AuditEntry }) {
  return (
    <div class="summary">
      <p class="summary-line">
        <Outcome entry={entry} />
        {entry.latencyMs !== null && <strong class="summary-latency">{formatMs(entry.latencyMs)}</strong>}
        {entry.status === 'delivered' && <Focus entry={entry} />}
      </p>
      <p class="muted">
        <Time value={entry.timestamp} full />
      </p>
      {entry.phases && <PhaseBar phases={entry.phases} />}
    </div>
  );
}
