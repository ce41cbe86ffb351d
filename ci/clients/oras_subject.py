"""Pushes an artifact and another that has it as its subject, and asks for its referrers: oras_subject.py REPOSITORY.

The registry, the user and the password come from the environment, as for the other clients.
"""

import hashlib
import os
import pathlib
import sys

import oras.client
import oras.oci
import requests

REGISTRY = os.environ["REGISTRY"]
LOGIN = (os.environ["REGISTRY_USER"], os.environ["REGISTRY_PASSWORD"])
# `basic`, because with `token` this client shows the token of its first look, which may only pull, again when it is asked
# for one that may push, and only a 403 would have it ask for another: docker and its kin need a 401 there.
AUTH = os.environ.get("ORAS_AUTH", "basic")
SBOM = "application/vnd.example.sbom.config.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
repository = sys.argv[1]


def ok(fact: str) -> None:
    print(f"ok oras: {fact}", flush=True)


def check(what: str, expected: object, found: object) -> None:
    if expected != found:
        sys.exit(f"FAILED oras: {what}: expected {expected!r}, found {found!r}")


def client() -> oras.client.OrasClient:
    made = oras.client.OrasClient(hostname=REGISTRY, insecure=True, auth_backend=AUTH)
    made.auth.set_basic_auth(*LOGIN)
    return made


def digest_of(reference: str) -> tuple[str, int]:
    """The digest and the size of a manifest, from its bytes."""
    answer = get(f"manifests/{reference}", headers={"Accept": MANIFEST})
    return f"sha256:{hashlib.sha256(answer.content).hexdigest()}", len(answer.content)


def get(path: str, **options: object) -> requests.Response:
    answer = requests.get(f"http://{REGISTRY}/v2/{repository}/{path}", auth=LOGIN, timeout=30, **options)
    check(f"the status of GET {path}: {answer.text}", 200, answer.status_code)
    return answer


pathlib.Path("app.txt").write_text("the thing itself\n")
pathlib.Path("sbom.json").write_text('{"packages": []}')
pathlib.Path("sbom-config.json").write_text("{}")

client().push(f"{REGISTRY}/{repository}:1.0", files=["app.txt:text/plain"])
app, size = digest_of("1.0")
ok(f"pushed {repository}:1.0, {app}")

client().push(
    f"{REGISTRY}/{repository}:sbom",
    files=["sbom.json:application/json"],
    manifest_config=f"sbom-config.json:{SBOM}",
    subject=oras.oci.Subject(MANIFEST, app, size),
)
sbom, _ = digest_of("sbom")
ok(f"pushed {sbom} with subject {app}")

pulled = client().pull(f"{REGISTRY}/{repository}:sbom", outdir="out")
check("the file pulled", '{"packages": []}', pathlib.Path(pulled[0]).read_text())
ok("pulled the artifact, and its file is the same")

answer = get(f"referrers/{app}")
check("the media type of referrers", "application/vnd.oci.image.index.v1+json", answer.headers["Content-Type"])
listed = [(entry["digest"], entry["artifactType"]) for entry in answer.json()["manifests"]]
check("the referrers", [(sbom, SBOM)], listed)
ok(f"GET /v2/{repository}/referrers/{app} lists it")

answer = get(f"referrers/{app}", params={"artifactType": "application/vnd.example.other"})
check("the referrers of another type", [], answer.json()["manifests"])
check("OCI-Filters-Applied", "artifactType", answer.headers.get("OCI-Filters-Applied"))
ok("and not when asked for another type")
