// The management SDK of Azure for JavaScript makes, changes and deletes a webhook: azure_mgmt.mjs WEBHOOK.

import assert from "node:assert/strict";
import process from "node:process";
import { ContainerRegistryManagementClient } from "@azure/arm-containerregistry";
import { ClientSecretCredential } from "@azure/identity";

const hook = process.argv[2];
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
