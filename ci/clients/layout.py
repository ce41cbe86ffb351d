"""Writes an OCI image layout that holds one image for three platforms: layout.py FOLDER NAME.

Its bytes depend on nothing but this file, except for SALT in the environment, which makes them new.
"""

import gzip
import hashlib
import io
import json
import os
import pathlib
import sys
import tarfile

PLATFORMS = [("amd64", None), ("arm64", "v8"), ("arm", "v7")]
OCI = "application/vnd.oci.image"

folder, name = pathlib.Path(sys.argv[1]), sys.argv[2]
blobs = folder / "blobs" / "sha256"
blobs.mkdir(parents=True)


def put(content: bytes, media_type: str, **members: object) -> dict:
    digest = hashlib.sha256(content).hexdigest()
    (blobs / digest).write_bytes(content)
    return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content), **members}


def put_json(content: dict, media_type: str, **members: object) -> dict:
    return put(json.dumps(content).encode(), media_type, **members)


def layer(path: str, text: str) -> tuple[dict, str]:
    """A layer with one file, and the digest of what is in it when unpacked."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        entry = tarfile.TarInfo(path)
        entry.size = len(text.encode())
        tar.addfile(entry, io.BytesIO(text.encode()))
    diff_id = f"sha256:{hashlib.sha256(archive.getvalue()).hexdigest()}"
    return put(gzip.compress(archive.getvalue(), mtime=0), f"{OCI}.layer.v1.tar+gzip"), diff_id


def image(architecture: str, variant: str | None) -> dict:
    salt = os.environ.get("SALT", "")
    layers = [layer("shared", f"on every platform {salt}\n" * 4096), layer("own", f"only on {architecture} {salt}\n")]
    platform = {"os": "linux", "architecture": architecture} | ({"variant": variant} if variant else {})
    rootfs = {"type": "layers", "diff_ids": [diff_id for _, diff_id in layers]}
    config = put_json(platform | {"config": {"Cmd": ["/own"]}, "rootfs": rootfs}, f"{OCI}.config.v1+json")
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{OCI}.manifest.v1+json",
        "config": config,
        "layers": [descriptor for descriptor, _ in layers],
        "annotations": {"org.opencontainers.image.title": f"for {architecture}"},
    }
    return put_json(manifest, manifest["mediaType"], platform=platform)


index = {
    "schemaVersion": 2,
    "mediaType": f"{OCI}.index.v1+json",
    "manifests": [image(architecture, variant) for architecture, variant in PLATFORMS],
}
top = put_json(index, index["mediaType"], annotations={"org.opencontainers.image.ref.name": name})
(folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
(folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [top]}))
print(top["digest"])
