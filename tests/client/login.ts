// Logs in with the generated client, and prints what the types know: node built/login.js ORIGIN USERNAME PASSWORD
import createClient from 'openapi-fetch';
import type { paths } from './schema.js';

declare const process: { argv: string[] };

const [, , baseUrl, username, password] = process.argv as [string, string, string, string, string];
const client = createClient<paths>({ baseUrl });
const { data, error, response } = await client.POST('/api/user/login', {
  body: { username, password },
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
});
if (data) {
  const me = await client.GET('/api/user/me', { headers: { authorization: `Bearer ${data.access_token}` } });
  const username: string | undefined = me.data?.username;
  console.log(response.status, `${data.token_type} for ${data.username}, ${data.expires_in} s, ${username}`);
} else {
  console.log(response.status, JSON.stringify(error.detail));
}
