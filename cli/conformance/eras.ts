// The two protocol eras that every mounted server answers, by the revision each is tested at.

export const eras = ['2025-11-25', '2026-07-28'] as const;
export type Era = (typeof eras)[number];
