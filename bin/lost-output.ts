import { ClientFailure } from '../client/client-failure.ts';
import { EXIT } from '../client/exit-codes.ts';
import { reportFailure } from './report-failure.ts';

/**
 * Says how the program ends when what it writes is lost: quietly where nobody reads any more, as `| head` does, and with the reason where the answer
 * cannot be written, as on a full disk. Progress that cannot be written ends nothing. Whoever bears lost output, as a worker does, listens as well.
 */
export function endOnLostOutput(argv: readonly string[]): void {
  let ending = false;
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (stream.listenerCount('error') > 1 || ending) return;
      if (error.code === 'EPIPE') process.exit(EXIT.unread);
      if (stream === process.stderr) return;
      ending = true;
      void reportFailure(cannotWrite(error), argv).then((code) => process.exit(code));
    });
}

function cannotWrite({ message }: Error): ClientFailure {
  return new ClientFailure(EXIT.failed, `the answer cannot be written: ${message}`, {
    cures: ['have it written elsewhere, and ask again: what runs goes on'],
  });
}
