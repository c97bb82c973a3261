/** A real log with a long past, for what must be quick however much there is to show. */
import { openHost } from '../../main/app/bootstrap.ts';
import { openAuditLog } from '../../main/audit/open-audit-log.ts';
import { resultAt } from '../renderer/fake-log.ts';
import { createFakeClock } from '../support/fake-clock.ts';

/** So many entries bear one time, as those of one flush do. */
const AT_ONCE = 100;

/** Writes `count` results over the last `days` days into a folder that keeps its secrets in a file. */
export async function fillLog(dataDir: string, count: number, days = 30): Promise<void> {
  const host = openHost({ POPTRAY_KEYCHAIN: 'off' }, dataDir);
  const clock = createFakeClock(Date.now() - days * 86_400_000);
  const { audit } = await openAuditLog({
    dataDir,
    secrets: await host.secrets(),
    clock,
    onEntry() {},
    onLogFault() {},
    onFault: (event) => (error) => {
      throw new Error(event, { cause: error });
    },
  });
  const step = (days * 86_400_000) / Math.ceil(count / AT_ONCE);
  for (let from = 1; from <= count; from += AT_ONCE) {
    const numbers = Array.from({ length: Math.min(AT_ONCE, count - from + 1) }, (_, at) => from + at);
    // Nobody is told of them: they are past.
    await Promise.all(
      numbers.map((seq) => audit.append({ ...resultAt(seq, clock.now()), webhooks: [] }, 'written')),
    );
    await clock.advance(step);
  }
  await audit.close();
}
