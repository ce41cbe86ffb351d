// The management SDK of Azure for JavaScript makes, changes and deletes a webhook, and a registry with all that it has.
// azure_mgmt.mjs WEBHOOK REGISTRY IMAGE, where there is the image in the registry of the environment.

import assert from "node:assert/strict";
import process from "node:process";
import { ContainerRegistryManagementClient } from "@azure/arm-containerregistry";
import { ClientSecretCredential } from "@azure/identity";

const [hook, own, image] = process.argv.slice(2);
const { RESOURCE_GROUP: group, REGISTRY_NAME: registry, DOMAIN: domain } = process.env;
const endpoint = `https://management.${domain}`;
const uri = "http://127.0.0.1:9/hook";
const ok = (fact) => console.log(`ok azure_mgmt.mjs: ${fact}`);

const credential = new ClientSecretCredential(
    process.env.TENANT_ID, process.env.CLIENT_ID, process.env.CLIENT_SECRET,
    { authorityHost: endpoint, disableInstanceDiscovery: true },
);
const client = new ContainerRegistryManagementClient(credential, process.env.SUBSCRIPTION_ID, { endpoint });

const { location } = await client.registries.get(group, registry);
ok("@azure/identity signs in at the authority of the tenant, and the registry is there");

const made = await client.webhooks.create(group, registry, hook, {
    location, serviceUri: uri, customHeaders: { "X-Token": "abc" }, actions: ["push"], scope: "hello:*",
});
assert.equal(made.provisioningState, "Succeeded");
const config = await client.webhooks.getCallbackConfig(group, registry, hook);
assert.equal(config.serviceUri, uri);
assert.deepEqual(config.customHeaders, { "X-Token": "abc" });
ok("made a webhook, and its poller ended");

const changed = await client.webhooks.update(group, registry, hook, { actions: ["push", "delete"] });
assert.deepEqual(changed.actions, ["push", "delete"]);
assert.equal(changed.scope, "hello:*");
const { id } = await client.webhooks.ping(group, registry, hook);
const events = [];
for await (const event of client.webhooks.listEvents(group, registry, hook)) events.push(event.id);
assert.ok(events.includes(id));
const hooks = [];
for await (const found of client.webhooks.list(group, registry)) hooks.push(found.name);
assert.ok(hooks.includes(hook));
ok("updated, pinged and listed it");

await client.webhooks.delete(group, registry, hook);
await assert.rejects(client.webhooks.get(group, registry, hook), { statusCode: 404, code: "ResourceNotFound" });
ok("deleted it, and it is not there");

const { registries, replications, scopeMaps, tokens } = client;
const notThere = { statusCode: 404, code: "ResourceNotFound" };
const names = async (found) => {
    const all = [];
    for await (const { name } of found) all.push(name);
    return all;
};
const isFree = async () => {
    const asked = { name: own, type: "Microsoft.ContainerRegistry/registries" };
    return (await registries.checkNameAvailability(asked)).nameAvailable;
};
const used = async (what) => {
    const { value } = await registries.listUsages(group, own);
    return value.find(({ name }) => name === what).currentValue;
};

assert.equal(await isFree(), true);
const created = await registries.create(group, own, {
    location, sku: { name: "Premium" }, adminUserEnabled: true, tags: { env: "ci" },
});
assert.equal(created.loginServer, `${own}.${domain}`);
assert.equal(created.provisioningState, "Succeeded");
assert.equal(await isFree(), false);
assert.ok((await names(registries.listByResourceGroup(group))).includes(own));
const updated = await registries.update(group, own, { anonymousPullEnabled: true });
assert.equal(updated.anonymousPullEnabled, true);
assert.deepEqual(updated.tags, { env: "ci" });
ok("made a registry, found its name taken, and updated it");

const old = await registries.listCredentials(group, own);
const renewed = await registries.regenerateCredential(group, own, { name: "password2" });
assert.equal(old.username, own);
assert.deepEqual(old.passwords.map(({ value }, at) => value === renewed.passwords[at].value), [true, false]);
assert.equal(await used("Webhooks"), 0);
ok("listed and regenerated the credentials of the admin user, and listed the usages");

const north = await replications.create(group, own, "north", { location: "north" });
assert.equal(north.provisioningState, "Succeeded");
const rerouted = await replications.update(group, own, "north", { regionEndpointEnabled: false });
assert.equal(rerouted.regionEndpointEnabled, false);
assert.deepEqual(await names(replications.list(group, own)), ["local", "north"]);
await replications.delete(group, own, "north");
await assert.rejects(replications.get(group, own, "north"), notThere);
ok("replicated it to another region and back");

const actions = ["repositories/hello/content/read"];
const { id: scopeMapId } = await scopeMaps.create(group, own, "own-map", { actions });
const described = await scopeMaps.update(group, own, "own-map", { description: "of CI" });
assert.deepEqual([described.description, described.actions], ["of CI", actions]);
const { id: tokenId } = await tokens.create(group, own, "token", { scopeMapId, status: "enabled" });
const shown = await registries.generateCredentials(group, own, { tokenId, name: "password1" });
assert.deepEqual([shown.username, shown.passwords.map(({ name }) => name)], ["token", ["password1"]]);
assert.equal((await tokens.update(group, own, "token", { status: "disabled" })).status, "disabled");
await tokens.delete(group, own, "token");
await scopeMaps.delete(group, own, "own-map");
await assert.rejects(tokens.get(group, own, "token"), notThere);
await assert.rejects(scopeMaps.get(group, own, "own-map"), notThere);
ok("made, updated and deleted a scope map, and a token with a password");

const { id: resourceId } = await registries.get(group, registry);
const wanted = { source: { resourceId, sourceImage: image }, targetTags: ["copied:v1"], mode: "NoForce" };
await registries.importImage(group, own, wanted);
assert.ok(await used("Size") > 0);
await assert.rejects(async () => await registries.importImage(group, own, wanted), /copied:v1/);
ok("imported an image");

await registries.delete(group, own);
await assert.rejects(registries.get(group, own), notThere);
ok("deleted the registry");
