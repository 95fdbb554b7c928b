/** An answer, whole. */
export type WholeAnswer = {
  /** HTTP status code. */
  code: number;
  /** Headers; names in lower case. */
  headers: { [name: string]: string };
  /** Body. */
  body: string;
};

function status(code: number, reason: string, message: string, details: object = {}): WholeAnswer {
  const body = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' };
  return {
    code,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...body, message, reason, details, code }),
  };
}

/** What an API server says that has too much to do. */
export function throttledAnswer(seconds: number): WholeAnswer {
  const answer = status(429, 'TooManyRequests', 'too many requests, please try again later', {
    retryAfterSeconds: seconds,
  });
  return { ...answer, headers: { ...answer.headers, 'retry-after': String(seconds) } };
}

/** What an API server says whose own five tries to store an object all met another writer. */
export function conflictAnswer(path: string): WholeAnswer {
  const name = path.replace(/\?.*$/, '').split('/').at(-1) ?? '';
  return status(
    409,
    'Conflict',
    `Operation cannot be fulfilled on "${name}": the object has been modified; please apply your changes to the latest version and try again`,
    { name },
  );
}

/** What an API server or the load balancer before it says when it is not well; `which` from 0 up to 1 chooses. */
export function serverErrorAnswer(which: number): WholeAnswer {
  const answers = [
    status(500, 'InternalError', 'Internal error occurred: etcdserver: leader changed'),
    { code: 502, headers: { 'content-type': 'text/html' }, body: '<h1>Bad Gateway</h1>' },
    status(503, 'ServiceUnavailable', 'the server is currently unable to handle the request'),
    lateErrorAnswer(),
  ];
  return answers[Math.floor(which * answers.length)] as WholeAnswer;
}

/** What an API server says that did it, or did not, and does not know. */
export function lateErrorAnswer(): WholeAnswer {
  return status(
    504,
    'Timeout',
    'Timeout: request did not complete within the allotted timeout - context deadline exceeded',
  );
}

/** The event with which an API server ends a watch whose version it has forgotten. */
export function goneEvent(): string {
  const object = JSON.parse(status(410, 'Expired', 'too old resource version: 1 (2)').body);
  return `${JSON.stringify({ type: 'ERROR', object })}\n`;
}
