import { createInterface } from 'node:readline/promises';

/** Asks a person and answers what was typed, without spaces around it; null when nothing was, by Ctrl-C, Ctrl-D or the end of the input. */
export type AskPerson = (question: string) => Promise<string | null>;

/** Asks on stderr and reads from stdin. */
export const askTerminal: AskPerson = async (question) => {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const closed = new Promise<null>((resolve) => terminal.once('close', () => resolve(null)));
    const answer = await Promise.race([terminal.question(question), closed]);
    return answer === null ? null : answer.trim();
  } catch {
    return null;
  } finally {
    terminal.close();
  }
};
