/** A call that a softphone's maker can start from. */
import { hrefOf } from '../../data/address.ts';
import { CopyButton } from '../../parts/copy-button.tsx';

interface Props {
  readonly address?: string | undefined;
  /** Then a trigger need not name anybody. */
  readonly isAgentKnown?: boolean;
}

/** `address` is the endpoint's, such as `http://127.0.0.1:8080`. */
export function ConnectSoftphone({ address = 'http://127.0.0.1:8080', isAgentKnown = false }: Props) {
  const base = address.replace(/\/$/, '');
  const url = base.endsWith('/trigger-screenpop') ? base : `${base}/trigger-screenpop`;
  const command = [
    `curl ${url} \\`,
    `  -H "Authorization: Bearer $TOKEN" \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d '{${isAgentKnown ? '' : '"userId":"AGENT-ID",'}"call":{"from":"+49 30 123456"},"customerData":{"customerName":"Ada Lovelace"}}'`,
  ].join('\n');
  return (
    <>
      <p>
        Create a token in <a href={hrefOf('settings')}>Settings</a>, then have the softphone send this when it
        rings:
      </p>
      <pre class="code">{command}</pre>
      <CopyButton text={command} label="Copy" />
    </>
  );
}
