// The inspector of Node, which a Node may be built without.

export const inspector = process.features.inspector
  ? process.getBuiltinModule('node:inspector')
  : undefined;
