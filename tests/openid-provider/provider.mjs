// A real provider of OpenID Connect (the certified npm package `oidc-provider`), for tests: on each port that is named an
// issuer of its own, at http://localhost:{port}, for one client whose redirect URIs are named, too.
//
//   node provider.mjs '{"ports":[9100],"redirect_uris":["https://id.example.com/api/oauth/real/callback"]}'
//
// Its one page asks who somebody is and believes it: a person called ada has the address ada@example.com. Whoever is
// called nobody refuses.

import { Provider } from "oidc-provider";

const { ports, redirect_uris } = JSON.parse(process.argv[2]);

const page = (uid) => `<!doctype html><html lang="en"><title>Sign in</title><h1>Who are you?</h1>
<form method="post" action="/interaction/${uid}"><label>Name <input name="name" autofocus></label>
<button>Continue</button></form></html>`;

function account(name) {
  const email = `${name}@example.com`;
  const claims = { sub: `person-${name}`, name: `${name[0].toUpperCase()}${name.slice(1)} Example`, email, email_verified: true };
  return { accountId: name, claims: async () => claims };
}

async function formOf(request) {
  let text = "";
  for await (const piece of request) text += piece;
  return new URLSearchParams(text);
}

function listen(port) {
  const issuer = `http://localhost:${port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: "latchkey", client_secret: "a-secret-of-forty-characters-and-no-less", redirect_uris,
      response_types: ["code"], grant_types: ["authorization_code"],
    }],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    cookies: { keys: ["for-tests"] },
    features: { devInteractions: { enabled: false } },
    findAccount: async (_context, name) => account(name),
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    pkce: { required: () => true },
  });
  provider.use(async (context, next) => {
    if (!context.path.startsWith("/interaction/")) return next();
    const { uid, params } = await provider.interactionDetails(context.req, context.res);
    if (context.method === "GET") {
      context.type = "html";
      context.body = page(uid);
      return;
    }
    const name = (await formOf(context.req)).get("name");
    let result = { error: "access_denied" };
    if (name !== "nobody") {
      const grant = new provider.Grant({ accountId: name, clientId: params.client_id });
      grant.addOIDCScope(params.scope);
      result = { login: { accountId: name, remember: false }, consent: { grantId: await grant.save() } };
    }
    context.respond = false;
    await provider.interactionFinished(context.req, context.res, result, { mergeWithLastSubmission: false });
  });
  return new Promise((listening) => provider.listen(port, "localhost", listening));
}

await Promise.all(ports.map(listen));
console.log("listening");
