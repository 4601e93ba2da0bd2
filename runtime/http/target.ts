/** A request's target, taken apart as it stands: no dots resolved, nothing decoded. */
export type Target = Readonly<{ path: string; query: URLSearchParams }>;

/** The absolute form, which a proxy may send, counts as its path. */
export function splitTarget(url: string): Target {
  const relative = url.replace(/^https?:\/\/[^/?]*/i, '');
  const mark = relative.indexOf('?');
  return mark === -1
    ? { path: relative, query: new URLSearchParams() }
    : { path: relative.slice(0, mark), query: new URLSearchParams(relative.slice(mark + 1)) };
}

/** Null where a percent sign is not followed by what makes UTF-8. */
export function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}
