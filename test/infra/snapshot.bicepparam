// Settings of the snapshot cases, from the environment: the names that main.parameters.json reads.
using '../../infra/main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'test')
param location = readEnvironmentVariable('AZURE_LOCATION', 'swedencentral')
param alwaysReadyInstances = int(readEnvironmentVariable('ALWAYS_READY', '0'))
param instanceMemoryMB = any(int(readEnvironmentVariable('INSTANCE_MEMORY_MB', '2048')))
param maximumInstanceCount = int(readEnvironmentVariable('MAX_INSTANCES', '40'))
param vnetEnabled = bool(readEnvironmentVariable('VNET_ENABLED', 'false'))
param logRetentionDays = int(readEnvironmentVariable('LOG_RETENTION_DAYS', '30'))
param logDailyCapGb = int(readEnvironmentVariable('LOG_DAILY_CAP_GB', '1'))
param stateKey = readEnvironmentVariable('MCP_HOST_STATE_KEY', '')
param serverEnv = json(readEnvironmentVariable('MCP_SERVER_ENV', '{}'))
param preAuthorizedClientIds = readEnvironmentVariable('PRE_AUTHORIZED_CLIENT_IDS', '')
param entraAssignmentRequired = bool(readEnvironmentVariable('ENTRA_ASSIGNMENT_REQUIRED', 'false'))
param serviceManagementReference = readEnvironmentVariable('SERVICE_MANAGEMENT_REFERENCE', '')
param previousEntraScopes = readEnvironmentVariable('ENTRA_SCOPES', '')
param previousEntraRoles = readEnvironmentVariable('ENTRA_ROLES', '')
