/** {place, days?, units?} ─► geocoding ─► forecast ─► {place, now, days}. Open-Meteo's public API (open-meteo.com/en/docs), which needs no key. */
import { readFileSync } from 'node:fs';
import { URLSearchParams } from 'node:url';

/** WMO code table 4677, as Open-Meteo uses it. */
const WORDS = {
  0: 'clear',
  1: 'mostly clear',
  2: 'partly cloudy',
  3: 'overcast',
  45: 'fog',
  48: 'freezing fog',
  51: 'light drizzle',
  53: 'drizzle',
  55: 'heavy drizzle',
  56: 'light freezing drizzle',
  57: 'freezing drizzle',
  61: 'light rain',
  63: 'rain',
  65: 'heavy rain',
  66: 'light freezing rain',
  67: 'freezing rain',
  71: 'light snow',
  73: 'snow',
  75: 'heavy snow',
  77: 'snow grains',
  80: 'light showers',
  81: 'showers',
  82: 'violent showers',
  85: 'light snow showers',
  86: 'snow showers',
  95: 'thunderstorm',
  96: 'thunderstorm with hail',
  99: 'thunderstorm with heavy hail',
};
const IMPERIAL = { temperature_unit: 'fahrenheit', wind_speed_unit: 'mph', precipitation_unit: 'inch' };

async function get(host, path, query) {
  const response = await fetch(`https://${host}${path}?${new URLSearchParams(query)}`, {
    headers: { accept: 'application/json' },
    signal: AbortSignal.timeout(8000),
  });
  if (!response.ok) throw new Error(`${host} answered with status ${response.status}`);
  return response.json();
}

/** The first of that name in that country or region, where one is named. */
async function find(place) {
  const [name, ...where] = place.split(',').map((part) => part.trim());
  const { results = [] } = await get('geocoding-api.open-meteo.com', '/v1/search', { name, count: '10', format: 'json' });
  const wanted = where.map((part) => part.toLowerCase());
  const isThere = ({ country = '', country_code = '', admin1 = '' }) =>
    wanted.every((part) => [country, country_code, admin1].some((each) => each.toLowerCase() === part));
  const found = results.find(isThere);
  if (!found)
    throw new Error(
      results.length === 0
        ? `there is no place named ${name}`
        : `there is ${results.map(({ name: each, admin1, country }) => [each, admin1, country].filter(Boolean).join(', ')).join('; ')}`,
    );
  return found;
}

const word = (code) => WORDS[code] ?? `code ${code}`;

try {
  const { place, days = 3, units = 'metric' } = JSON.parse(readFileSync(0, 'utf8'));
  const { name, admin1, country, latitude, longitude } = await find(place);
  const {
    current,
    current_units: unit,
    daily,
    timezone,
  } = await get('api.open-meteo.com', '/v1/forecast', {
    latitude: String(latitude),
    longitude: String(longitude),
    timezone: 'auto',
    forecast_days: String(days),
    current: 'temperature_2m,apparent_temperature,relative_humidity_2m,precipitation,weather_code,wind_speed_10m',
    daily: 'weather_code,temperature_2m_max,temperature_2m_min,precipitation_sum,precipitation_probability_max,wind_speed_10m_max',
    ...(units === 'imperial' ? IMPERIAL : {}),
  });
  const now = {
    time: current.time,
    weather: word(current.weather_code),
    temperature: current.temperature_2m,
    feels_like: current.apparent_temperature,
    humidity_percent: current.relative_humidity_2m,
    precipitation: current.precipitation,
    wind: current.wind_speed_10m,
  };
  const forecast = daily.time.map((date, index) => ({
    date,
    weather: word(daily.weather_code[index]),
    high: daily.temperature_2m_max[index],
    low: daily.temperature_2m_min[index],
    precipitation: daily.precipitation_sum[index],
    chance_percent: daily.precipitation_probability_max[index],
    wind_max: daily.wind_speed_10m_max[index],
  }));
  const told = { temperature: unit.temperature_2m, wind: unit.wind_speed_10m, precipitation: unit.precipitation };
  console.log(
    JSON.stringify({
      place: [name, admin1, country].filter(Boolean).join(', '),
      timezone,
      units: told,
      now,
      days: forecast,
      source: 'Open-Meteo.com, CC BY 4.0',
    }),
  );
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
