// A provider of identity that others wrote (oidc-provider), set to the limits of デジタル認証アプリ: the code flow alone, PKCE with S256,
// state and nonce demanded, the scopes that it knows. It reads its settings as one line of JSON and then answers on the port of its issuer.
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const told = JSON.parse(await new Promise((resolve) => createInterface({ input: process.stdin }).once('line', resolve)));
const found = createRequire(`${told.modules}/`).resolve('oidc-provider');
const { default: Provider, errors } = await import(pathToFileURL(found));

const provider = new Provider(told.issuer, {
  clients: told.clients,
  jwks: told.jwks,
  responseTypes: ['code'],
  grantTypes: ['authorization_code'],
  scopes: ['openid', 'name', 'address', 'birthdate', 'gender', 'sign'],
  claims: { openid: ['sub'], name: ['name'], acr: null, auth_time: null },
  acrValues: ['aal3', 'crl', 'aal3 crl'],
  pkce: { required: () => true },
  conformIdTokenClaims: false,
  clientAuthMethods: ['client_secret_basic', 'private_key_jwt'],
  enabledJWA: { clientAuthSigningAlgValues: ['ES256', 'RS256'], idTokenSigningAlgValues: ['ES256'] },
  features: { devInteractions: { enabled: false } },
  cookies: { keys: ['a key of this test'] },
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  ttl: { Grant: 60, Session: 60, Interaction: 60 },
  findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => ({ sub, name: '認証 花子' }) }),
  extraParams: {
    state: (_ctx, value) => { if (!value) throw new errors.InvalidRequest('state is required'); },
    nonce: (_ctx, value) => { if (!value) throw new errors.InvalidRequest('nonce is required'); },
  },
});

// Whoever comes is the same person, who agrees to everything and showed the card.
provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith('/interaction/')) return next();
  const { params, session } = await provider.interactionDetails(ctx.req, ctx.res);
  const accountId = session?.accountId ?? 'card-0001';
  const grant = new provider.Grant({ accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  const acr = params.acr_values?.includes('aal3') ? 'aal3' : 'aal1';
  return provider.interactionFinished(ctx.req, ctx.res, { login: { accountId, acr }, consent: { grantId: await grant.save() } });
});
provider.listen(Number(new URL(told.issuer).port), '127.0.0.1', () => console.log('ready'));
