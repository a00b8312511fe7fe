"""skopeo, an image tool that shares no code with Docker, signs in, pushes, copies and pulls."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.registry.blobs import digest_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sandbox.lifecycle import Sandbox

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"


def skopeo(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["skopeo", "--insecure-policy", *words], capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture
def password(client: Callable[..., Any]) -> str:
    if not shutil.which("skopeo"):
        pytest.skip("skopeo is not installed")
    token = client("ecr").get_authorization_token()["authorizationData"][0]["authorizationToken"]
    return base64.b64decode(token).decode().removeprefix("AWS:")


def address(box: Sandbox, repository: str) -> str:
    return f"docker://127.0.0.1:{box.port}/111111111111/eu-west-1/{repository}"


def layout(folder: Path) -> str:
    """An OCI layout with an image for each of two architectures; returns the index's digest."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def put(content: bytes, media_type: str) -> dict[str, Any]:
        digest = digest_of(content)
        (blobs / digest.removeprefix("sha256:")).write_bytes(content)
        return {"mediaType": media_type, "digest": digest, "size": len(content)}

    children = []
    for architecture in ("amd64", "arm64"):
        layer = put(architecture.encode() * 512, LAYER)
        diff = {"type": "layers", "diff_ids": [layer["digest"]]}
        config = put(json.dumps({"architecture": architecture, "os": "linux", "rootfs": diff}).encode(), CONFIG)
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer]}
        child = put(json.dumps(manifest).encode(), MANIFEST)
        children.append({**child, "platform": {"architecture": architecture, "os": "linux"}})
    index = put(json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": children}).encode(), INDEX)
    named = {**index, "annotations": {"org.opencontainers.image.ref.name": "1.0.0"}}
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [named]}))
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return str(index["digest"])


def test_skopeo_pushes_an_index_with_all_its_images_and_pulls_it_again(
    box: Sandbox, client: Callable[..., Any], password: str, tmp_path: Path
) -> None:
    ecr = client("ecr")
    ecr.create_repository(repositoryName="skopeo/app", imageTagMutability="IMMUTABLE")
    digest = layout(tmp_path / "made")
    there = f"{address(box, 'skopeo/app')}:1.0.0"
    login = ("--dest-creds", f"AWS:{password}", "--dest-tls-verify=false")
    pushed = skopeo("copy", "--all", "--preserve-digests", *login, f"oci:{tmp_path / 'made'}:1.0.0", there)
    assert pushed.returncode == 0, pushed.stderr
    details = ecr.describe_images(repositoryName="skopeo/app")["imageDetails"]
    assert len(details) == 3
    assert [one["imageDigest"] for one in details if "imageTags" in one] == [digest]

    pulled = skopeo(
        "copy", "--all", "--preserve-digests", "--src-tls-verify=false", there, f"oci:{tmp_path / 'pulled'}:1.0.0"
    )
    assert pulled.returncode == 0, pulled.stderr
    made, again = (sorted((tmp_path / name / "blobs" / "sha256").iterdir()) for name in ("made", "pulled"))
    assert [(file.name, file.read_bytes()) for file in again] == [(file.name, file.read_bytes()) for file in made]


def test_skopeo_is_refused_an_immutable_tag_and_copies_from_repository_to_repository(
    box: Sandbox, client: Callable[..., Any], password: str
) -> None:
    ecr = client("ecr")
    for name in ("skopeo/from", "skopeo/to"):
        ecr.create_repository(repositoryName=name, imageTagMutability="IMMUTABLE")
    digest = box.image("skopeo/from", "1.0.0", behaviour="slow")["digest"]
    other = box.image("skopeo/from", "1.1.0")["digest"]
    words = ("--src-tls-verify=false", "--dest-tls-verify=false", "--dest-creds", f"AWS:{password}")
    source, target = address(box, "skopeo/from"), address(box, "skopeo/to")
    copied = skopeo("copy", *words, f"{source}:1.0.0", f"{target}:1.0.0")
    assert copied.returncode == 0, copied.stderr
    (detail,) = ecr.describe_images(repositoryName="skopeo/to")["imageDetails"]
    assert detail["imageDigest"] == digest

    refused = skopeo("copy", *words, f"{source}@{other}", f"{target}:1.0.0")
    assert refused.returncode != 0
    assert "cannot be overwritten because the tag is immutable" in refused.stderr
    seen = json.loads(skopeo("inspect", "--tls-verify=false", f"{target}:1.0.0").stdout)
    assert (seen["Digest"], seen["RepoTags"]) == (digest, ["1.0.0"])
    assert seen["Labels"]["slipway.sandbox.behave"] == "slow"


def test_skopeo_deletes_an_image(box: Sandbox, client: Callable[..., Any], password: str) -> None:
    ecr = client("ecr")
    ecr.create_repository(repositoryName="skopeo/gone")
    box.image("skopeo/gone", "1.0.0")
    words = ("--tls-verify=false", "--creds", f"AWS:{password}")
    done = skopeo("delete", *words, f"{address(box, 'skopeo/gone')}:1.0.0")
    assert done.returncode == 0, done.stderr
    assert ecr.describe_images(repositoryName="skopeo/gone")["imageDetails"] == []
