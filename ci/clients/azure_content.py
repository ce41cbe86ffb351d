"""The data SDK of Azure for Python pushes, lists, locks and deletes an artifact: azure_content.py REPOSITORY."""

import io
import json
import os
import sys

from azure.containerregistry import ArtifactTagOrder, ContainerRegistryClient
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from azure.identity import ClientSecretCredential

REPOSITORY = sys.argv[1]
ENDPOINT = f"https://{os.environ['REGISTRY']}"


def ok(fact):
    print(f"ok azure_content.py: {fact}", flush=True)


def same(what, expected, found):
    if expected != found:
        sys.exit(f"FAILED azure_content.py: {what}: expected {expected!r}, found {found!r}")


def refused(what, error, call):
    try:
        call()
    except error as refusal:
        return refusal
    sys.exit(f"FAILED azure_content.py: should have been refused: {what}")


# The authority as az uses it, which needs no discovery.
credential = ClientSecretCredential(
    "adfs", os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"], authority=f"https://management.{os.environ['DOMAIN']}"
)
client = ContainerRegistryClient(ENDPOINT, credential)


def push(tag):
    config, config_size = client.upload_blob(REPOSITORY, io.BytesIO(json.dumps({"tag": tag}).encode()))
    layer, layer_size = client.upload_blob(REPOSITORY, io.BytesIO(tag.encode() * 1000))
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": config, "size": config_size},
        "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": layer, "size": layer_size}],
    }
    return client.set_manifest(REPOSITORY, manifest, tag=tag)


digests = {tag: push(tag) for tag in ("v1", "v2")}
manifest = client.get_manifest(REPOSITORY, "v1")
same("the digest of v1", digests["v1"], manifest.digest)
layer = manifest.manifest["layers"][0]
same("the layer of v1", b"v1" * 1000, b"".join(client.download_blob(REPOSITORY, layer["digest"])))
ok("pushed two artifacts and read one back")

same("the repository", True, REPOSITORY in list(client.list_repository_names()))
tags = client.list_tag_properties(REPOSITORY, order_by=ArtifactTagOrder.LAST_UPDATED_ON_DESCENDING)
same("the tags", ["v2", "v1"], [tag.name for tag in tags])
same("the manifests", set(digests.values()), {found.digest for found in client.list_manifest_properties(REPOSITORY)})
same("how many of both", (2, 2), (lambda found: (found.tag_count, found.manifest_count))(client.get_repository_properties(REPOSITORY)))
ok("listed the repository, its tags and its manifests")

locked = client.update_tag_properties(REPOSITORY, "v1", can_delete=False, can_write=False)
same("whether v1 can be deleted", False, locked.can_delete)
refusal = refused("deleting a locked tag", HttpResponseError, lambda: client.delete_tag(REPOSITORY, "v1"))
same("the status", 405, refusal.status_code)
client.update_tag_properties(REPOSITORY, "v1", can_delete=True, can_write=True)
ok("locked a tag and opened it again")

nobody = ContainerRegistryClient(ENDPOINT, credential=None)
refused("reading without a name", ClientAuthenticationError, lambda: nobody.get_manifest(REPOSITORY, "v1"))
ok("who is not signed in reads nothing")

client.delete_tag(REPOSITORY, "v2")
client.delete_manifest(REPOSITORY, digests["v1"])
refused("a manifest that was deleted", ResourceNotFoundError, lambda: client.get_manifest(REPOSITORY, "v1"))
client.delete_repository(REPOSITORY)
same("the repository", False, REPOSITORY in list(client.list_repository_names()))
ok("deleted a tag, a manifest and the repository")
