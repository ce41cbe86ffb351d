"""The management SDK of Azure for Python makes, changes and deletes a webhook: azure_mgmt.py WEBHOOK."""

import os
import sys

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.identity import ClientSecretCredential
from azure.mgmt.containerregistry import ContainerRegistryManagementClient
from azure.mgmt.containerregistry.models import WebhookCreateParameters, WebhookUpdateParameters

HOOK = sys.argv[1]
GROUP, REGISTRY, DOMAIN = (os.environ[name] for name in ("RESOURCE_GROUP", "REGISTRY_NAME", "DOMAIN"))
ENDPOINT = f"https://management.{DOMAIN}"
URI = "http://127.0.0.1:9/hook"


def ok(fact):
    print(f"ok azure_mgmt.py: {fact}", flush=True)


def same(what, expected, found):
    if expected != found:
        sys.exit(f"FAILED azure_mgmt.py: {what}: expected {expected!r}, found {found!r}")


credential = ClientSecretCredential(
    os.environ["TENANT_ID"],
    os.environ["CLIENT_ID"],
    os.environ["CLIENT_SECRET"],
    authority=f"https://management.{DOMAIN}",
    disable_instance_discovery=True,
)
client = ContainerRegistryManagementClient(
    credential, os.environ["SUBSCRIPTION_ID"], base_url=ENDPOINT, credential_scopes=[f"{ENDPOINT}/.default"], polling_interval=1
)
at = {"resource_group_name": GROUP, "registry_name": REGISTRY}
hook = {**at, "webhook_name": HOOK}

same("the login server", os.environ["REGISTRY"], client.registries.get(**at).login_server)
ok("azure-identity signs in at the authority of the tenant, and the registry is there")

made = client.webhooks.begin_create(
    **hook,
    webhook_create_parameters=WebhookCreateParameters(
        location=client.registries.get(**at).location,
        service_uri=URI,
        custom_headers={"X-Token": "abc"},
        actions=["push"],
        scope="hello:*",
    ),
).result()
same("the state", "Succeeded", made.provisioning_state)
config = client.webhooks.get_callback_config(**hook)
same("the callback", (URI, {"X-Token": "abc"}), (config.service_uri, config.custom_headers))
ok("made a webhook, and its poller ended")

changed = client.webhooks.begin_update(**hook, webhook_update_parameters=WebhookUpdateParameters(actions=["push", "delete"])).result()
same("what changed and what stayed", (["push", "delete"], "hello:*"), (changed.actions, changed.scope))
event = client.webhooks.ping(**hook).id
same("the events", True, event in [found.id for found in client.webhooks.list_events(**hook)])
same("the webhooks", True, HOOK in [found.name for found in client.webhooks.list(**at)])
ok("updated, pinged and listed it")

client.webhooks.begin_delete(**hook).result()
try:
    client.webhooks.get(**hook)
    sys.exit("FAILED azure_mgmt.py: the webhook is still there")
except ResourceNotFoundError as error:
    same("the code", "ResourceNotFound", error.error.code)
try:
    moon = WebhookCreateParameters(location="moon", service_uri=URI, actions=["push"])
    client.webhooks.begin_create(**hook, webhook_create_parameters=moon)
    sys.exit("FAILED azure_mgmt.py: a webhook was made on the moon")
except HttpResponseError as error:
    same("the code", "RegistryResourceNotFound", error.error.code)
ok("deleted it; what is not there, and what may not be, is refused")
