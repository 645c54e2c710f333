/** Loaded before a skill: answers as Open-Meteo's documentation shows them (open-meteo.com/en/docs), and nothing else of the network. */
import { URL } from 'node:url';

const PLACES = [
  {
    id: 2988507,
    name: 'Paris',
    latitude: 48.85341,
    longitude: 2.3488,
    country_code: 'FR',
    timezone: 'Europe/Paris',
    country: 'France',
    admin1: 'Île-de-France',
  },
  {
    id: 4717560,
    name: 'Paris',
    latitude: 33.66094,
    longitude: -95.55551,
    country_code: 'US',
    timezone: 'America/Chicago',
    country: 'United States',
    admin1: 'Texas',
  },
];
const FORECAST = {
  latitude: 48.86,
  longitude: 2.3399997,
  generationtime_ms: 0.1,
  utc_offset_seconds: 3600,
  timezone: 'Europe/Paris',
  timezone_abbreviation: 'GMT+1',
  elevation: 38,
  current_units: {
    time: 'iso8601',
    interval: 'seconds',
    temperature_2m: '°C',
    apparent_temperature: '°C',
    relative_humidity_2m: '%',
    precipitation: 'mm',
    weather_code: 'wmo code',
    wind_speed_10m: 'km/h',
  },
  current: {
    time: '2026-11-30T12:00',
    interval: 900,
    temperature_2m: 9.4,
    apparent_temperature: 6.8,
    relative_humidity_2m: 87,
    precipitation: 0.2,
    weather_code: 61,
    wind_speed_10m: 14.1,
  },
  daily: {
    time: ['2026-11-30', '2026-12-01'],
    weather_code: [63, 3],
    temperature_2m_max: [10.9, 10.2],
    temperature_2m_min: [6.1, 4.8],
    precipitation_sum: [5.4, 0],
    precipitation_probability_max: [92, 18],
    wind_speed_10m_max: [21.3, 11.2],
  },
};

const { Response } = globalThis;

globalThis.fetch = (address) => {
  const { hostname, pathname, searchParams } = new URL(address);
  const isSearch = hostname === 'geocoding-api.open-meteo.com' && pathname === '/v1/search';
  // Where it knows none, the API leaves `results` out.
  if (isSearch)
    return Promise.resolve(Response.json(searchParams.get('name') === 'Paris' ? { results: PLACES } : { generationtime_ms: 0.2 }));
  const isForecast = hostname === 'api.open-meteo.com' && pathname === '/v1/forecast' && searchParams.get('latitude') === '48.85341';
  return isForecast ? Promise.resolve(Response.json(FORECAST)) : Promise.reject(new Error(`no answer for ${address}`));
};
