/** Errors as people see them: RFC 9457 problem details, and what has no answer at all. */

export class Problem extends Error {
  /** @param {{status: number, code: string, detail: string, field?: string|null, body?: object}} problem */
  constructor({ status, code, detail, field = null, body = null }) {
    super(detail);
    this.status = status;
    this.code = code;
    this.field = field;
    this.body = body;
  }

  get isAway() {
    return this.status === 0;
  }
}

export const away = () =>
  new Problem({ status: 0, code: "unreachable", detail: "The server does not answer. Trying again by itself." });

/** @param {Response} response */
export async function readProblem(response) {
  let body = null;
  try {
    body = await response.json();
  } catch {
    // A proxy's own page, or nothing.
  }
  return new Problem({
    status: response.status,
    code: body?.code ?? `http_${response.status}`,
    detail: body?.detail ?? body?.message ?? `The server answered ${response.status} ${response.statusText}.`,
    field: body?.field ?? null,
    body,
  });
}
