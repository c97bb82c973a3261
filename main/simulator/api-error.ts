/** Refusals in the shape that Genesys Cloud gives them. */
import { STATUS_CODES } from 'node:http';
import type { FastifyReply } from 'fastify';

export interface ApiErrorDetails {
  /** Genesys's name of the fault, such as `too.many.requests`; follows from the status if left out. */
  readonly code?: string | undefined;
  /** What `{name}` in the message stands for. */
  readonly params?: Readonly<Record<string, string>> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly limit?: { readonly key: string; readonly namespace: string; readonly value: number } | undefined;
}

/** A refusal; `template` is shown to the caller, with `{name}` filled in from `params`. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly template: string;
  readonly details: ApiErrorDetails;

  constructor(status: number, template: string, details: ApiErrorDetails = {}) {
    super(template.replaceAll(/\{(\w+)\}/g, (text, name: string) => details.params?.[name] ?? text));
    this.status = status;
    this.template = template;
    this.details = details;
  }

  get code(): string {
    return this.details.code ?? (STATUS_CODES[this.status] ?? 'error').toLowerCase().replaceAll(' ', '.');
  }
}

/** What was thrown, as an ApiError; the text of an unknown fault stays inside. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const { statusCode } = error as { statusCode?: number };
  if (statusCode === 413) return new ApiError(413, 'The request is larger than 512,000 bytes');
  if (statusCode === 415) return new ApiError(415, 'The content type is not supported here');
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new ApiError(statusCode, 'The request is not well-formed');
  }
  return new ApiError(500, 'The simulator failed');
}

/** Answers with Genesys's error body; the request's id is the context id. */
export function sendApiError(reply: FastifyReply, error: ApiError): FastifyReply {
  const { params = {}, headers = {}, limit } = error.details;
  return reply
    .code(error.status)
    .headers(headers)
    .send({
      message: error.message,
      code: error.code,
      status: error.status,
      contextId: reply.request.id,
      messageWithParams: error.template,
      messageParams: params,
      details: [],
      errors: [],
      ...(limit && { limit }),
    });
}
