/** An agent that connects once: whoever answered the first request is also whoever gets the next. */
import { Agent } from 'node:http';

/** A request after its connection was lost fails, where another agent would connect anew. */
export class OneConnection extends Agent {
  #isSpent = false;

  constructor() {
    super({ keepAlive: true, maxSockets: 1 });
  }

  override createConnection(...given: Parameters<Agent['createConnection']>) {
    const [, callback] = given;
    if (this.#isSpent) {
      callback?.(new Error('the connection was lost'), undefined as never);
      return undefined;
    }
    this.#isSpent = true;
    return super.createConnection(...given);
  }
}
