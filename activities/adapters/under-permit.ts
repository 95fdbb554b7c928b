import type { Dispatcher } from 'undici';
import type { WritePermit } from '../ports/write-permit.ts';

/** A permit ran out between its confirmation and the instant at which the request would have left; nothing was sent. */
export class PermitLapsed extends Error {
  /** Makes it. */
  constructor() {
    super('the permit to write has lapsed');
    this.name = 'PermitLapsed';
  }
}

/**
 * Sends a request only if the permit holds right before its first byte: opening a connection takes time, and the process may have been frozen
 * meanwhile.
 * @throws PermitLapsed as the reason of the request's end
 */
export function underPermit(dispatcher: Dispatcher, permit: WritePermit): Dispatcher {
  return dispatcher.compose(
    (dispatch) => (options, handler) => dispatch(options, guarded(handler, permit)),
  );
}

function guarded(
  handler: Dispatcher.DispatchHandler,
  permit: WritePermit,
): Dispatcher.DispatchHandler {
  return {
    onRequestStart: (controller, context) => {
      handler.onRequestStart?.(controller, context);
      if (!permit.holds()) controller.abort(new PermitLapsed());
    },
    onResponseStart: (...args) => handler.onResponseStart?.(...args),
    onResponseData: (...args) => handler.onResponseData?.(...args),
    onResponseEnd: (...args) => handler.onResponseEnd?.(...args),
    onResponseError: (...args) => handler.onResponseError?.(...args),
  };
}
