"""The management SDK of Azure for Python makes, changes and deletes a webhook, and a registry with all that it has.

azure_mgmt.py WEBHOOK REGISTRY IMAGE, where there is the image in the registry of the environment.
"""

import os
import sys

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.identity import ClientSecretCredential
from azure.mgmt.containerregistry import ContainerRegistryManagementClient
from azure.mgmt.containerregistry.models import (
    GenerateCredentialsParameters,
    ImportImageParameters,
    ImportSource,
    RegenerateCredentialParameters,
    Registry,
    RegistryNameCheckRequest,
    RegistryUpdateParameters,
    Replication,
    ReplicationUpdateParameters,
    ScopeMap,
    ScopeMapUpdateParameters,
    Sku,
    Token,
    TokenUpdateParameters,
    WebhookCreateParameters,
    WebhookUpdateParameters,
)

HOOK, OWN, IMAGE = sys.argv[1:]
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


def refused(code, call, *arguments, **members):
    """Fails unless the call, or the wait for its end, is refused with that code."""
    try:
        made = call(*arguments, **members)
        made.result() if hasattr(made, "result") else made
    except HttpResponseError as error:
        same("whether it is not there", code.endswith("NotFound"), isinstance(error, ResourceNotFoundError))
        same("the code", code, error.error.code)
    else:
        sys.exit(f"FAILED azure_mgmt.py: should have been refused with {code}")


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
refused("ResourceNotFound", client.webhooks.get, **hook)
moon = WebhookCreateParameters(location="moon", service_uri=URI, actions=["push"])
refused("RegistryResourceNotFound", client.webhooks.begin_create, **hook, webhook_create_parameters=moon)
ok("deleted it; what is not there, and what may not be, is refused")

own = {**at, "registry_name": OWN}
asked = RegistryNameCheckRequest(name=OWN, type="Microsoft.ContainerRegistry/registries")
same("whether the name is free", True, client.registries.check_name_availability(asked).name_available)
made = client.registries.begin_create(
    **own, registry=Registry(location="local", sku=Sku(name="Premium"), admin_user_enabled=True, tags={"env": "ci"})
).result()
same("the registry", (f"{OWN}.{DOMAIN}", "Succeeded"), (made.login_server, made.provisioning_state))
same("whether the name is free", False, client.registries.check_name_availability(asked).name_available)
same("the registries", True, OWN in [found.name for found in client.registries.list_by_resource_group(GROUP)])
changed = client.registries.begin_update(
    **own, registry_update_parameters=RegistryUpdateParameters(anonymous_pull_enabled=True)
).result()
same("what changed and what stayed", (True, {"env": "ci"}), (changed.anonymous_pull_enabled, changed.tags))
ok("made a registry, found its name taken, and updated it")

old = client.registries.list_credentials(**own)
new = client.registries.regenerate_credential(
    **own, regenerate_credential_parameters=RegenerateCredentialParameters(name="password2")
)
same("who signs in", (OWN, OWN), (old.username, new.username))
kept = [was.value == now.value for was, now in zip(old.passwords, new.passwords, strict=True)]
same("the passwords that stayed", [True, False], kept)
usages = {usage.name: usage.current_value for usage in client.registries.list_usages(**own).value}
same("the webhooks in use", 0, usages["Webhooks"])
ok("listed and regenerated the credentials of the admin user, and listed the usages")

north = {**own, "replication_name": "north"}
made = client.replications.begin_create(**north, replication=Replication(location="north")).result()
same("the state", "Succeeded", made.provisioning_state)
changed = client.replications.begin_update(
    **north, replication_update_parameters=ReplicationUpdateParameters(region_endpoint_enabled=False)
).result()
same("whether it is reached by the registry's name", False, changed.region_endpoint_enabled)
same("the replications", ["local", "north"], [found.name for found in client.replications.list(**own)])
client.replications.begin_delete(**north).result()
refused("ResourceNotFound", client.replications.get, **north)
ok("replicated it to another region and back")

mapped, token = {**own, "scope_map_name": "own-map"}, {**own, "token_name": "token"}
made = client.scope_maps.begin_create(
    **mapped, scope_map_create_parameters=ScopeMap(actions=["repositories/hello/content/read"])
).result()
changed = client.scope_maps.begin_update(
    **mapped, scope_map_update_parameters=ScopeMapUpdateParameters(description="of CI")
).result()
same("what changed and what stayed", ("of CI", made.actions), (changed.description, changed.actions))
bearer = client.tokens.begin_create(**token, token_create_parameters=Token(scope_map_id=made.id, status="enabled")).result()
shown = client.registries.begin_generate_credentials(
    **own, generate_credentials_parameters=GenerateCredentialsParameters(token_id=bearer.id, name="password1")
).result()
same("who signs in", ("token", ["password1"]), (shown.username, [password.name for password in shown.passwords]))
changed = client.tokens.begin_update(**token, token_update_parameters=TokenUpdateParameters(status="disabled")).result()
same("the token", "disabled", changed.status)
client.tokens.begin_delete(**token).result()
client.scope_maps.begin_delete(**mapped).result()
refused("ResourceNotFound", client.tokens.get, **token)
refused("ResourceNotFound", client.scope_maps.get, **mapped)
ok("made, updated and deleted a scope map, and a token with a password")

source = ImportSource(resource_id=client.registries.get(**at).id, source_image=IMAGE)
wanted = ImportImageParameters(source=source, target_tags=["copied:v1"], mode="NoForce")
client.registries.begin_import_image(**own, parameters=wanted).result()
usages = {usage.name: usage.current_value for usage in client.registries.list_usages(**own).value}
same("whether something takes space", True, usages["Size"] > 0)
refused("Conflict", client.registries.begin_import_image, **own, parameters=wanted)
ok("imported an image")

client.registries.begin_delete(**own).result()
refused("ResourceNotFound", client.registries.get, **own)
ok("deleted the registry")
