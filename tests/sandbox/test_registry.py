"""The registry speaks the OCI distribution protocol, checks every digest and keeps ECR's rules."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.conftest import assert_no_crash

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.lifecycle import Sandbox

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Any
    body: bytes

    @property
    def code(self) -> str:
        return str(json.loads(self.body)["errors"][0]["code"])


class Repository:
    """A plain HTTP client of one repository."""

    def __init__(self, endpoint: str, name: str) -> None:
        self.endpoint, self.name = endpoint, f"111111111111/eu-west-1/{name}"

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        url = path if path.startswith("/v2/") else f"/v2/{self.name}/{path}"
        connection = http.client.HTTPConnection(self.endpoint.removeprefix("http://"), timeout=20)
        try:
            connection.request(method, url, body, {key.replace("_", "-"): value for key, value in headers.items()})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def stream(self, path: str, chunks: list[bytes]) -> int:
        """PATCH without a Content-Length, as docker does."""
        connection = http.client.HTTPConnection(self.endpoint.removeprefix("http://"), timeout=20)
        connection.request("PATCH", path, iter(chunks), {"Transfer-Encoding": "chunked"}, encode_chunked=True)
        with connection.getresponse() as response:
            return response.status

    def push_blob(self, content: bytes) -> str:
        answer = self.ask("POST", f"blobs/uploads/?digest={digest_of(content)}", content)
        assert answer.status == 201, answer.body
        return digest_of(content)

    def manifest(self, layer: bytes, **more: object) -> bytes:
        config = b'{"architecture": "amd64", "os": "linux", "config": {}}'
        document = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {"mediaType": "c", "digest": digest_of(config), "size": len(config)},
            "layers": [{"mediaType": "l", "digest": digest_of(layer), "size": len(layer)}],
            **more,
        }
        self.push_blob(config)
        self.push_blob(layer)
        return json.dumps(document).encode()

    def push(self, reference: str, manifest: bytes, media_type: str = MANIFEST) -> Answer:
        return self.ask("PUT", f"manifests/{reference}", manifest, Content_Type=media_type)


@pytest.fixture
def repository(box: Sandbox, client: Callable[..., Any], request: pytest.FixtureRequest) -> Repository:
    name = "r-" + hashlib.md5(request.node.name.encode(), usedforsecurity=False).hexdigest()[:10]
    client("ecr").create_repository(
        repositoryName=name,
        imageTagMutability="IMMUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters=[{"filterType": "WILDCARD", "filter": "dev*"}],
    )
    return Repository(box.endpoint, name)


def test_the_api_is_there(repository: Repository) -> None:
    answer = repository.ask("GET", "/v2/")
    assert (answer.status, answer.headers["Docker-Distribution-Api-Version"]) == (200, "registry/2.0")


def test_a_client_that_tries_tls_first_as_docker_does_is_only_refused(box: Sandbox, repository: Repository) -> None:
    with socket.create_connection(("127.0.0.1", box.port), timeout=20) as connection:
        connection.sendall(b"\x16\x03\x01\x00\xc8\x01 \xc0\x13\xc0 \xff\n\r\n")
        assert b"400" in connection.recv(1000)
    assert repository.ask("GET", "/v2/").status == 200
    assert_no_crash(box)


def test_a_blob_in_one_request_comes_back_whole_and_in_part(repository: Repository) -> None:
    digest = repository.push_blob(b"0123456789")
    head, whole = repository.ask("HEAD", f"blobs/{digest}"), repository.ask("GET", f"blobs/{digest}")
    assert (head.status, head.headers["Content-Length"], head.body) == (200, "10", b"")
    assert (whole.body, whole.headers["Docker-Content-Digest"]) == (b"0123456789", digest)
    part = repository.ask("GET", f"blobs/{digest}", Range="bytes=2-4")
    assert (part.status, part.body) == (206, b"234")


def test_a_blob_in_chunks_is_put_together_and_tells_how_far_it_is(repository: Repository) -> None:
    begun = repository.ask("POST", "blobs/uploads/")
    assert (begun.status, begun.headers["Range"]) == (202, "0-0")
    place = begun.headers["Location"]
    assert repository.ask("PATCH", place, b"abc", Content_Range="0-2").headers["Range"] == "0-2"
    assert repository.ask("PATCH", place, b"xyz", Content_Range="9-11").status == 416
    told = repository.ask("GET", place)
    assert (told.status, told.headers["Range"]) == (204, "0-2")
    done = repository.ask("PUT", f"{place}?digest={digest_of(b'abcdef')}", b"def", Content_Range="3-5")
    assert done.status == 201
    assert repository.ask("GET", f"blobs/{digest_of(b'abcdef')}").body == b"abcdef"


def test_a_blob_may_come_as_a_stream_of_unknown_length(repository: Repository) -> None:
    place = repository.ask("POST", "blobs/uploads/").headers["Location"]
    assert repository.stream(place, [b"x" * 70_000, b"y"]) == 202
    content = b"x" * 70_000 + b"y"
    assert repository.ask("PUT", f"{place}?digest={digest_of(content)}").status == 201
    assert repository.ask("GET", f"blobs/{digest_of(content)}").body == content


def test_content_that_is_not_its_digest_is_refused_and_not_kept(repository: Repository) -> None:
    wrong = digest_of(b"something else")
    answer = repository.ask("POST", f"blobs/uploads/?digest={wrong}", b"content")
    assert (answer.status, answer.code) == (400, "DIGEST_INVALID")
    assert repository.ask("HEAD", f"blobs/{wrong}").status == 404
    assert repository.ask("POST", "blobs/uploads/?digest=md5:0", b"x").code == "DIGEST_INVALID"


def test_a_cancelled_upload_is_gone(repository: Repository) -> None:
    place = repository.ask("POST", "blobs/uploads/").headers["Location"]
    assert repository.ask("DELETE", place).status == 204
    gone = repository.ask("PATCH", place, b"x")
    assert (gone.status, gone.code) == (404, "BLOB_UPLOAD_UNKNOWN")


def test_a_blob_is_mounted_from_another_repository_of_the_account(
    repository: Repository, box: Sandbox, client: Callable[..., Any]
) -> None:
    client("ecr").create_repository(repositoryName="mounted-into")
    digest = repository.push_blob(b"to be mounted")
    other = Repository(box.endpoint, "mounted-into")
    assert other.ask("HEAD", f"blobs/{digest}").status == 404
    assert other.ask("POST", f"blobs/uploads/?mount={digest}&from={repository.name}").status == 201
    assert other.ask("GET", f"blobs/{digest}").body == b"to be mounted"
    unknown = digest_of(b"unknown")
    assert other.ask("POST", f"blobs/uploads/?mount={unknown}&from={repository.name}").status == 202


def test_an_image_is_found_by_tag_and_by_digest_with_the_very_bytes(repository: Repository) -> None:
    manifest = repository.manifest(b"layer")
    pushed = repository.push("1.0.0", manifest)
    assert (pushed.status, pushed.headers["Docker-Content-Digest"]) == (201, digest_of(manifest))
    for reference in ("1.0.0", digest_of(manifest)):
        got = repository.ask("GET", f"manifests/{reference}")
        assert (got.body, got.headers["Content-Type"]) == (manifest, MANIFEST)
        head = repository.ask("HEAD", f"manifests/{reference}")
        assert (head.headers["Content-Length"], head.body) == (str(len(manifest)), b"")
    assert repository.ask("GET", "manifests/2.0.0").code == "MANIFEST_UNKNOWN"


def test_an_immutable_tag_does_not_move_and_an_excluded_one_does(repository: Repository) -> None:
    first, second = repository.manifest(b"one"), repository.manifest(b"two")
    assert [repository.push(tag, first).status for tag in ("1.0.0", "dev-x", "1.0.0")] == [201, 201, 201]
    refused = repository.push("1.0.0", second)
    assert (refused.status, refused.code) == (400, "TAG_INVALID")
    assert b"cannot be overwritten because the tag is immutable" in refused.body
    assert repository.push("dev-x", second).status == 201
    assert repository.ask("GET", "manifests/dev-x").body == second
    assert repository.ask("GET", "manifests/1.0.0").body == first


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"{", MANIFEST),
        (b"[]", MANIFEST),
        (b'{"schemaVersion": 1}', MANIFEST),
        (b'{"schemaVersion": 2, "config": {}, "layers": []}', MANIFEST),
        (b'{"schemaVersion": 2}', "text/plain"),
    ],
)
def test_what_is_no_manifest_is_refused(repository: Repository, content: bytes, media_type: str) -> None:
    answer = repository.push("1.0.0", content, media_type)
    assert (answer.status, answer.code) == (400, "MANIFEST_INVALID")


def test_a_manifest_whose_layers_are_missing_is_refused(repository: Repository) -> None:
    manifest = repository.manifest(b"here").replace(digest_of(b"here").encode(), digest_of(b"not here").encode())
    assert repository.push("1.0.0", manifest).code == "MANIFEST_BLOB_UNKNOWN"


def test_a_manifest_pushed_by_digest_must_have_it(repository: Repository) -> None:
    manifest = repository.manifest(b"by digest")
    assert repository.push(digest_of(b"other"), manifest).code == "DIGEST_INVALID"
    assert repository.push(digest_of(manifest), manifest).status == 201


def test_an_index_needs_its_images(repository: Repository) -> None:
    manifest = repository.manifest(b"child")
    entry = {"mediaType": MANIFEST, "digest": digest_of(manifest), "size": len(manifest)}
    index = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]}).encode()
    assert repository.push("1.0.0", index, INDEX).code == "MANIFEST_UNKNOWN"
    repository.push(digest_of(manifest), manifest)
    assert repository.push("1.0.0", index, INDEX).status == 201
    assert repository.ask("GET", "manifests/1.0.0").headers["Content-Type"] == INDEX


def test_tags_are_listed_in_order_and_in_pages(repository: Repository) -> None:
    manifest = repository.manifest(b"tagged")
    for tag in ("c", "a", "b"):
        repository.push(tag, manifest)
    assert json.loads(repository.ask("GET", "tags/list").body)["tags"] == ["a", "b", "c"]
    first = repository.ask("GET", "tags/list?n=2")
    assert json.loads(first.body)["tags"] == ["a", "b"]
    following = first.headers["Link"].partition(">")[0].removeprefix("<")
    assert json.loads(repository.ask("GET", following).body)["tags"] == ["c"]


def test_images_that_refer_to_another_are_listed(repository: Repository) -> None:
    subject = repository.manifest(b"subject")
    repository.push("1.0.0", subject)
    signature = repository.manifest(
        b"signature", subject={"mediaType": MANIFEST, "digest": digest_of(subject), "size": 1}
    )
    assert repository.push(digest_of(signature), signature).headers["OCI-Subject"] == digest_of(subject)
    listed = json.loads(repository.ask("GET", f"referrers/{digest_of(subject)}").body)
    assert [entry["digest"] for entry in listed["manifests"]] == [digest_of(signature)]


def test_deleting_a_tag_leaves_the_image_and_deleting_the_digest_does_not(repository: Repository) -> None:
    manifest = repository.manifest(b"deleted")
    repository.push("1.0.0", manifest)
    assert repository.ask("DELETE", "manifests/1.0.0").status == 202
    assert repository.ask("GET", f"manifests/{digest_of(manifest)}").status == 200
    assert repository.ask("DELETE", f"manifests/{digest_of(manifest)}").status == 202
    assert repository.ask("GET", f"manifests/{digest_of(manifest)}").status == 404


def test_a_repository_that_ecr_does_not_have_is_unknown(box: Sandbox) -> None:
    answer = Repository(box.endpoint, "no-such-repository").ask("POST", "blobs/uploads/")
    assert (answer.status, answer.code) == (404, "NAME_UNKNOWN")


def test_what_was_pushed_over_http_is_what_ecrs_api_shows(repository: Repository, client: Callable[..., Any]) -> None:
    manifest = repository.manifest(b"both ways")
    repository.push("1.0.0", manifest)
    (detail,) = client("ecr").describe_images(repositoryName=repository.name.rpartition("/")[2])["imageDetails"]
    assert (detail["imageDigest"], detail["imageSizeInBytes"]) == (digest_of(manifest), len(b"both ways"))


def login(token: str) -> dict[str, str]:
    return {"Authorization": f"Basic {token}"}


def test_a_login_with_ecrs_token_is_taken_in_every_request(repository: Repository, client: Callable[..., Any]) -> None:
    token = client("ecr").get_authorization_token()["authorizationData"][0]["authorizationToken"]
    assert base64.b64decode(token).startswith(b"AWS:")
    assert repository.ask("GET", "/v2/", **login(token)).status == 200
    assert repository.ask("GET", "tags/list", **login(token)).status == 200


@pytest.mark.parametrize("words", ["AWS:pw", "AWS:", "AWS:MTExLjk5OTk5OTk5OTkueHg=", "someone:pw"])
def test_a_login_with_anything_else_is_refused(repository: Repository, words: str) -> None:
    answer = repository.ask("GET", "/v2/", **login(base64.b64encode(words.encode()).decode()))
    assert (answer.status, answer.code) == (401, "UNAUTHORIZED")
