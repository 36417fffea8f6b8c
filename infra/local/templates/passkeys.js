// The page that tries passkeys: what a front end does with the API, and no more.
"use strict";

let access = null;   // of the person who is signed in here
let mfaToken = null; // of a sign-in that waits for its second step

const answer = document.getElementById("answer");

async function call(method, path, body) {
  const headers = { "Content-Type": "application/json", ...(access && { Authorization: `Bearer ${access}` }) };
  const reply = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  const json = reply.status === 204 ? null : await reply.json();
  if (json?.access) access = json.access;
  if (json?.mfa_token) { mfaToken = json.mfa_token; access = null; }
  if (reply.status >= 400) throw { status: reply.status, json };
  return { status: reply.status, json };
}

async function make(options) {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options.publicKey);
  return (await navigator.credentials.create({ publicKey })).toJSON();
}

async function show(options) {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options.publicKey);
  return (await navigator.credentials.get({ publicKey })).toJSON();
}

const acts = {
  async enrol() {
    const options = await call("POST", "/api/auth/mfa/passkeys/options", {});
    return call("POST", "/api/auth/mfa/passkeys", { passkey: await make(options.json) });
  },
  async "sign-in"() {
    access = null;
    const options = await call("POST", "/api/auth/passkey/options", {});
    return call("POST", "/api/auth/passkey", { assertion: await show(options.json) });
  },
  async "second-step"() {
    const options = await call("POST", "/api/auth/passkey/options", { mfa_token: mfaToken });
    return call("POST", "/api/auth/token/mfa", { mfa_token: mfaToken, passkey: await show(options.json) });
  },
  async "step-up"() {
    const options = await call("POST", "/api/auth/mfa/passkeys/options", { purpose: "step_up" });
    return call("POST", "/api/auth/step-up", { passkey: await show(options.json) });
  },
  async list() {
    return call("GET", "/api/auth/mfa/passkeys");
  },
};

// Every act ends with one line that says its status, so that whoever drives this page can wait for it.
async function tell(act) {
  answer.textContent = "…";
  try {
    const { status, json } = await act();
    answer.textContent = `${status}\n${JSON.stringify(json, null, 2)}`;
  } catch (failure) {
    answer.textContent = failure.status ? `${failure.status}\n${JSON.stringify(failure.json, null, 2)}` : `${failure}`;
  }
}

for (const [id, act] of Object.entries(acts)) document.getElementById(id).onclick = () => tell(act);

document.getElementById("password").onsubmit = (event) => {
  event.preventDefault();
  access = null;
  const { login, password } = Object.fromEntries(new FormData(event.target));
  tell(() => call("POST", "/api/auth/token", { login, password }));
};
