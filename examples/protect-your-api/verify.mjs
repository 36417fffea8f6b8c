// Verifies an access token of Latchkey without asking Latchkey about it.
//
// node verify.mjs TOKEN ISSUER [AUDIENCE]   prints the claims, or why the token is refused (exit code 1)

import { pathToFileURL } from "node:url";
import { createRemoteJWKSet, jwtVerify } from "jose";

/** The issuer's keys. Call it once, at start: it caches them, and asks again when a token names a new one. */
export async function keysOf(issuer) {
  const answer = await fetch(`${issuer}/.well-known/openid-configuration`, { signal: AbortSignal.timeout(5000) });
  const { jwks_uri } = await answer.json();
  return createRemoteJWKSet(new URL(jwks_uri));
}

/** The claims of a good token. Never trust the token's own `alg`: only RS256 is asked for. */
export async function verify(token, keys, issuer, audience) {
  const { payload } = await jwtVerify(token, keys, {
    algorithms: ["RS256"], typ: "at+jwt", issuer, audience,
    clockTolerance: 5, requiredClaims: ["aud", "exp", "iat", "iss", "sub"],
  });
  return payload;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [token, issuer, audience = issuer] = process.argv.slice(2);
  if (!issuer) {
    console.error("usage: node verify.mjs TOKEN ISSUER [AUDIENCE]");
    process.exit(1);
  }
  try {
    console.log(JSON.stringify(await verify(token, await keysOf(issuer), issuer, audience), null, 2));
  } catch (error) {
    console.error(`refused: ${error.message}`);
    process.exitCode = 1;
  }
}
