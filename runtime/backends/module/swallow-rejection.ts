// A question fails when its client leaves, maybe before its handler awaits the answer: that must
// not count as a rejection that no one handles. Who awaits it still learns of the failure.

type Method = (...values: never[]) => unknown;

/** @returns `method`, whose promise may be left alone. */
export function swallowRejection<M extends Method>(method: M): M {
  return ((...values) => {
    const result = method(...values);
    if (result instanceof Promise) result.catch(() => {});
    return result;
  }) as M;
}
