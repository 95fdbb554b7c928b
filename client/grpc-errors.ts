import { isGrpcServiceError } from '@temporalio/client';

/** The gRPC status codes that the client tells apart. */
export const GRPC = {
  CANCELLED: 1,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  PERMISSION_DENIED: 7,
  FAILED_PRECONDITION: 9,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

/** Codes of a server that is away or overloaded, not of one that says no. */
const AWAY: readonly number[] = [
  GRPC.CANCELLED,
  GRPC.DEADLINE_EXCEEDED,
  GRPC.UNAVAILABLE,
  2,
  8,
  10,
  13,
];

/** Finds the gRPC status in an error or its causes: the client wraps what it was told. Undefined when there is none. */
export function grpcCode(error: unknown): number | undefined {
  return grpcErrorIn(error)?.code;
}

/** What the server said, or what kept us from hearing it. */
export function grpcText(error: unknown): string {
  const grpc = grpcErrorIn(error);
  if (grpc !== undefined) return grpc.details || grpc.message;
  return error instanceof Error ? error.message : String(error);
}

/** Whether Temporal does not answer at the moment, so that asking again later makes sense. */
export function isAway(error: unknown): boolean {
  const code = grpcCode(error);
  return code !== undefined && AWAY.includes(code);
}

function grpcErrorIn(
  error: unknown,
): { code: number; details: string; message: string } | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (isGrpcServiceError(at)) return at;
  }
  return undefined;
}
