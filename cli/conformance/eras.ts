// The two protocol eras that every mounted server answers, by the revision each is tested at.

export const ERAS = ['2025-11-25', '2026-07-28'] as const;
export type Era = (typeof ERAS)[number];
