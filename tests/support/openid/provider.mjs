// An OpenID provider for the tests: node provider.mjs '{"name", "port", "methods", "redirect"}'.
//
// PUT /people sets who there is: {LOGIN: {sub, name, preferred_username, email, email_verified}}. Its log-in page takes
// a login and no password. What a client may ask for is granted without a question.
import http from "node:http";
import Provider from "oidc-provider";

const told = JSON.parse(process.argv[2]);
const issuer = `http://127.0.0.1:${told.port}`;
let people = {};

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "aglais",
      client_secret: "the-secret-of-the-tests",
      redirect_uris: [told.redirect],
      token_endpoint_auth_method: told.method,
    },
  ],
  clientAuthMethods: [told.method],
  claims: { openid: ["sub"], profile: ["name", "preferred_username"], email: ["email", "email_verified"] },
  // A browser's cookies are for all ports of a host.
  cookies: {
    keys: ["of-the-tests"],
    names: Object.fromEntries(["session", "interaction", "resume"].map((one) => [one, `${told.name}-${one}`])),
  },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_ctx, sub) => ({
    accountId: sub,
    claims: () => ({ ...Object.values(people).find((one) => one.sub === sub), sub }),
  }),
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId,
      accountId: ctx.oidc.session.accountId,
    });
    grant.addOIDCScope("openid profile email");
    await grant.save();
    return grant;
  },
});

const page = `<!doctype html><html lang="en"><title>${told.name}</title><h1>Log in to ${told.name}</h1>
<form method="post"><label>Login <input name="login"></label>
<button name="act" value="login">Log in</button> <button name="act" value="refuse">Refuse</button></form></html>`;

const read = async (request) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
};

const interact = async (request, response) => {
  await provider.interactionDetails(request, response);
  if (request.method === "GET") {
    response.setHeader("Content-Type", "text/html").end(page);
    return;
  }
  const form = new URLSearchParams(await read(request));
  const person = people[form.get("login")];
  const refused = { error: "access_denied", error_description: "refused" };
  const result = form.get("act") === "login" && person ? { login: { accountId: person.sub } } : refused;
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
};

const answer = provider.callback();
http
  .createServer(async (request, response) => {
    try {
      if (request.url === "/people") {
        people = JSON.parse(await read(request));
        response.end("ok");
      } else if (request.url.startsWith("/interaction/")) await interact(request, response);
      else answer(request, response);
    } catch (error) {
      response.statusCode = 500;
      response.end(String(error));
    }
  })
  .listen(told.port, "127.0.0.1");
