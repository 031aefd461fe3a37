// A day of a service, as Analytics Engine would have it: for each quarter of an hour a row of each kind, which stands for as many
// points as its sample interval says. From 13:00 to 15:00, somebody tries a list of passwords; at 20:00, the store fails.
export const DAY = { from: Date.UTC(2026, 10, 24) / 1000, to: Date.UTC(2026, 10, 25) / 1000 - 1, seconds: 900 };

const PLACES = [['KR', 'ICN', 0.5], ['JP', 'NRT', 0.3], ['DE', 'FRA', 0.2]];
const ATTACKERS = [['US', 'IAD', 0.6], ['NL', 'AMS', 0.4]];

export function rowsOfADay() {
  const rows = [];
  for (let at = DAY.from; at < DAY.to; at += DAY.seconds) {
    const hour = (at - DAY.from) / 3600;
    const [attacked, failing] = [hour >= 13 && hour < 15, hour >= 20 && hour < 20.5];
    const busy = 120 + 100 * Math.sin(((hour - 7) / 24) * 2 * Math.PI);
    const add = (event, outcome, [country, colo, share], count, format = '') => {
      const points = Math.round(busy * count * share);
      if (points > 0) rows.push(row(at, points, [event, outcome, country, colo, format]));
    };
    for (const place of PLACES) {
      const ok = failing ? 0.2 : 1;
      // Fewer users have an old hash as the day goes on.
      const old = 0.5 - hour / 60;
      add('login', 'ok', place, ok * (1 - old), 'argon2id');
      add('login', 'ok', place, ok * old * 0.75, 'bcrypt');
      add('login', 'ok', place, ok * old * 0.25, 'django-pbkdf2-sha256');
      add('login', 'bad_password', place, 0.12, 'argon2id');
      add('login', 'unknown_user', place, 0.04);
      add('upgrade', 'ok', place, ok * old);
      add('refresh', 'ok', place, 2.5);
      add('refresh', 'expired', place, 0.1);
      if (failing) {
        add('login', 'store_error', place, 0.8);
        add('upgrade', 'store_error', place, 0.1);
      }
    }
    if (attacked) {
      for (const place of ATTACKERS) {
        add('login', 'unknown_user', place, 1.5);
        add('login', 'bad_password', place, 0.5, 'argon2id');
        add('login', 'throttled', place, 1);
      }
    }
    if (hour === 16) rows.push(row(at, 3, ['refresh', 'reused', 'KR', 'ICN', '']));
  }
  return rows;
}

function row(at, points, [blob1, blob2, blob3, blob4, blob5]) {
  return { timestamp: at, _sample_interval: points, blob1, blob2, blob3, blob4, blob5 };
}
