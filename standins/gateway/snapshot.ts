// What `bicep snapshot` predicts for a template: the input of the gateway stand-in.

/** A resource as Bicep predicts it; what only a deployment knows stands there as an expression. */
export interface PredictedResource {
  readonly id?: string;
  readonly type: string;
  readonly name?: string;
  // biome-ignore lint/suspicious/noExplicitAny: its shape is the resource type's, and tests look into it.
  readonly properties: any;
  readonly [key: string]: unknown;
}

export interface Snapshot {
  readonly predictedResources: readonly PredictedResource[];
  readonly diagnostics: readonly unknown[];
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** All resources of a type, whatever their API version. */
export function resourcesOf({ predictedResources }: Snapshot, type: string): PredictedResource[] {
  return predictedResources.filter((resource) => resource.type.split('@')[0] === type);
}
