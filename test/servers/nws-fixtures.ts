// Replies in the form of the US National Weather Service, cut down, with fields that we do not
// read.

/** One feature of `/alerts/active`; `properties` wins over what stands here. */
export function alertFeature(properties: Record<string, unknown> = {}): unknown {
  return {
    id: 'https://api.weather.gov/alerts/urn:oid:2.49.0.1.840.0.1',
    type: 'Feature',
    geometry: null,
    properties: {
      event: 'Flood Warning',
      severity: 'Severe',
      certainty: 'Likely',
      urgency: 'Expected',
      status: 'Actual',
      areaDesc: 'Sacramento, CA; Yolo, CA',
      headline: 'Flood Warning issued March 1 at 9:00AM PST',
      description: 'The river is rising.',
      onset: '2026-03-01T09:00:00-08:00',
      expires: '2026-03-02T09:00:00-08:00',
      ...properties,
    },
  };
}

/** Reply of `/alerts/active`. */
export function alertsReply(...features: unknown[]): unknown {
  return { type: 'FeatureCollection', title: 'Current watches, warnings and advisories', features };
}

/** Reply of `/points/…`, which names where the forecast is. */
export function pointReply(forecast: unknown): unknown {
  return {
    type: 'Feature',
    properties: {
      gridId: 'BOX',
      forecast,
      relativeLocation: { type: 'Feature', properties: { city: 'Boston', state: 'MA' } },
    },
  };
}

/** One period of a forecast; `fields` wins over what stands here. */
export function period(fields: Record<string, unknown> = {}): unknown {
  return {
    number: 1,
    name: 'Tonight',
    startTime: '2026-03-01T18:00:00-05:00',
    isDaytime: false,
    temperature: 41,
    temperatureUnit: 'F',
    probabilityOfPrecipitation: { unitCode: 'wmoUnit:percent', value: 20 },
    windSpeed: '5 to 10 mph',
    windDirection: 'NW',
    shortForecast: 'Partly Cloudy',
    ...fields,
  };
}

/** Reply of a forecast URL. */
export function forecastReply(...periods: unknown[]): unknown {
  return { type: 'Feature', properties: { units: 'us', periods } };
}
