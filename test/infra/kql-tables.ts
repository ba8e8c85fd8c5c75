// The tables of Application Insights that our queries read, with the columns that Microsoft
// documents for them (https://learn.microsoft.com/azure/azure-monitor/app/data-model-complete): a
// misspelt column is an error.

const COMMON =
  'timestamp: datetime, customDimensions: dynamic, customMeasurements: dynamic, operation_Name: string, operation_Id: string, operation_ParentId: string, client_Type: string, cloud_RoleName: string, cloud_RoleInstance: string, appName: string, itemType: string';

export const TABLES: Readonly<Record<string, string>> = {
  requests: `(id: string, source: string, name: string, url: string, success: bool, resultCode: string, duration: real, performanceBucket: string, itemCount: int, ${COMMON})`,
  dependencies: `(id: string, target: string, type: string, name: string, data: string, success: bool, resultCode: string, duration: real, performanceBucket: string, itemCount: int, ${COMMON})`,
  customEvents: `(name: string, itemCount: int, ${COMMON})`,
  traces: `(message: string, severityLevel: int, itemCount: int, ${COMMON})`,
  customMetrics: `(name: string, value: real, valueCount: int, valueSum: real, valueMin: real, valueMax: real, valueStdDev: real, ${COMMON})`,
};
