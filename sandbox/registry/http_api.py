"""The registry's HTTP API, for ``docker push`` and friends. OCI Distribution Specification 1.1.

A repository's name is ``<account>/<region>/<ECR repository>``, since one port serves every account. Anyone on this
machine may push and pull without signing in; whoever does sign in must do it with ECR's user name, ``AWS``, and a
password that ECR has issued in the last twelve hours.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from werkzeug.utils import send_file
from werkzeug.wrappers import Request, Response

from sandbox.aws_error import AwsError
from sandbox.registry.blobs import DigestMismatchError, is_digest
from sandbox.registry.manifests import OCI_INDEX
from sandbox.registry.tokens import ExpiredError, UnknownError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from werkzeug.datastructures import Authorization

    from sandbox.registry.registry import Registry
    from sandbox.registry.repository import Image, Repository
    from sandbox.registry.tokens import Tokens

_NAME = r"(?P<account>\d{12})/(?P<region>[a-z0-9-]+)/(?P<name>[a-z0-9][a-z0-9._/-]*)"
_VERSION = {"Docker-Distribution-Api-Version": "registry/2.0"}

# ECR's errors in the registry's words. ECR answers a refused push by docker with these.
_REGISTRY_ERRORS = {
    "RepositoryNotFoundException": ("NAME_UNKNOWN", 404),
    "ImageTagAlreadyExistsException": ("TAG_INVALID", 400),
    "LayersNotFoundException": ("MANIFEST_BLOB_UNKNOWN", 404),
    "ReferencedImagesNotFoundException": ("MANIFEST_UNKNOWN", 404),
    "ImageDigestDoesNotMatchException": ("DIGEST_INVALID", 400),
    "InvalidParameterException": ("MANIFEST_INVALID", 400),
}


class RegistryError(Exception):
    """A refusal by a code of the specification's list."""

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


class RegistryApi:
    """A WSGI application. Content moves outside the lock; only what changes the registry is done under it."""

    def __init__(self, registry: Registry, tokens: Tokens, lock: threading.RLock) -> None:
        self._registry = registry
        self._tokens = tokens
        self._lock = lock
        self._routes: list[tuple[re.Pattern[str], dict[str, Callable[..., Response]]]] = [
            (re.compile(rf"/v2/{_NAME}/{path}"), handlers)
            for path, handlers in (
                (r"blobs/uploads/?", {"POST": self._start_upload}),
                (
                    r"blobs/uploads/(?P<upload>[^/]+)",
                    {
                        "PATCH": self._append,
                        "PUT": self._finish_upload,
                        "GET": self._upload_status,
                        "DELETE": self._cancel_upload,
                    },
                ),
                (r"blobs/(?P<digest>[^/]+)", {"GET": self._blob, "HEAD": self._blob}),
                (
                    r"manifests/(?P<reference>[^/]+)",
                    {
                        "GET": self._manifest,
                        "HEAD": self._manifest,
                        "PUT": self._put_manifest,
                        "DELETE": self._delete_manifest,
                    },
                ),
                (r"tags/list", {"GET": self._tags}),
                (r"referrers/(?P<digest>[^/]+)", {"GET": self._referrers}),
            )
        ]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        request = Request(environ)
        try:
            response = self._answer(request)
        except RegistryError as error:
            response = _error(error)
        except AwsError as error:
            code, status = _REGISTRY_ERRORS.get(error.code, ("DENIED", error.status))
            response = _error(RegistryError(code, error.message, status))
        _drain(request)
        response.headers.extend(_VERSION)
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if request.authorization:
            self._check_login(request.authorization)
        if request.path.rstrip("/") == "/v2":
            return _json({})
        for pattern, handlers in self._routes:
            match = pattern.fullmatch(request.path)
            if match and request.method in handlers:
                fields = match.groupdict()
                with self._lock:
                    repository = self._registry.repository(
                        fields.pop("account"), fields.pop("region"), fields.pop("name")
                    )
                return handlers[request.method](request, repository, **fields)
        raise RegistryError("UNSUPPORTED", f"{request.method} {request.path} is not part of this registry", 404)

    def _check_login(self, login: Authorization) -> None:
        if login.username != "AWS":
            raise RegistryError("UNAUTHORIZED", "the user name of a login to ECR is AWS", 401)
        try:
            self._tokens.check(login.password or "")
        except ExpiredError:
            raise RegistryError(
                "DENIED", "Your authorization token has expired. Reauthenticate and try again.", 403
            ) from None
        except UnknownError:
            raise RegistryError(
                "UNAUTHORIZED", "the password is not one that this sandbox's ECR has issued", 401
            ) from None

    # Blobs

    def _blob(self, request: Request, repository: Repository, digest: str) -> Response:
        size = self._registry.blobs.size(digest)
        if digest not in repository.layers or size is None:
            raise RegistryError("BLOB_UNKNOWN", f"blob {digest} is not in this repository", 404)
        response = send_file(
            self._registry.blobs.path(digest),
            request.environ,
            mimetype="application/octet-stream",
            conditional=True,
            etag=digest,
        )
        response.headers["Docker-Content-Digest"] = digest
        return response

    def _start_upload(self, request: Request, repository: Repository) -> Response:
        mount = request.args.get("mount", "")
        if mount and self._mount(repository, mount, request.args.get("from", "")):
            return _created(repository, f"blobs/{mount}", mount)
        upload = self._registry.blobs.start()
        if "digest" in request.args:
            return self._finish_upload(request, repository, upload)
        return _accepted(repository, upload, 0)

    def _mount(self, repository: Repository, digest: str, source: str) -> bool:
        """Take a blob over from another repository of the same account; without ``from``, from any of them."""
        with self._lock:
            candidates = [
                other
                for other in self._registry.repositories(repository.account, repository.region)
                if not source or source == f"{other.account}/{other.region}/{other.name}"
            ]
            if self._registry.blobs.size(digest) is None or not any(digest in other.layers for other in candidates):
                return False
            self._registry.link(repository, digest)
        return True

    def _append(self, request: Request, repository: Repository, upload: str) -> Response:
        received = self._received(upload)
        begin = request.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
        if begin and begin != str(received):
            raise RegistryError("BLOB_UPLOAD_INVALID", f"the next byte is {received}, got {begin}", 416)
        return _accepted(repository, upload, self._registry.blobs.append(upload, request.stream))

    def _finish_upload(self, request: Request, repository: Repository, upload: str) -> Response:
        self._received(upload)
        digest = request.args.get("digest", "")
        if not is_digest(digest):
            raise RegistryError("DIGEST_INVALID", f"digest must be sha256:<64 hex digits>, got {digest!r}", 400)
        self._registry.blobs.append(upload, request.stream)
        try:
            self._registry.blobs.finish(upload, digest)
        except DigestMismatchError as error:
            raise RegistryError("DIGEST_INVALID", str(error), 400) from error
        with self._lock:
            self._registry.link(repository, digest)
        return _created(repository, f"blobs/{digest}", digest)

    def _upload_status(self, _request: Request, repository: Repository, upload: str) -> Response:
        response = _accepted(repository, upload, self._received(upload))
        response.status_code = 204
        return response

    def _cancel_upload(self, _request: Request, _repository: Repository, upload: str) -> Response:
        self._received(upload)
        self._registry.blobs.cancel(upload)
        return Response(status=204)

    def _received(self, upload: str) -> int:
        received = self._registry.blobs.uploaded(upload)
        if received is None:
            raise RegistryError("BLOB_UPLOAD_UNKNOWN", f"there is no upload {upload}", 404)
        return received

    # Manifests and tags

    def _manifest(self, _request: Request, repository: Repository, reference: str) -> Response:
        image = _find(repository, reference)
        content = self._registry.blobs.read(image.digest)
        headers = {"Docker-Content-Digest": image.digest, "Content-Length": str(len(content))}
        return Response(content, 200, headers, content_type=image.manifest.media_type)

    def _put_manifest(self, request: Request, repository: Repository, reference: str) -> Response:
        content = request.get_data()
        wanted = reference if is_digest(reference) else None
        with self._lock:
            image = self._registry.push(
                repository, content, request.mimetype, None if wanted else reference, digest=wanted
            )
        response = _created(repository, f"manifests/{reference}", image.digest)
        if image.manifest.subject:
            response.headers["OCI-Subject"] = image.manifest.subject
        return response

    def _delete_manifest(self, _request: Request, repository: Repository, reference: str) -> Response:
        with self._lock:
            image = _find(repository, reference)
            if is_digest(reference):
                repository.remove(image.digest)
            else:
                del repository.tags[reference]
            self._registry.save(repository)
        return Response(status=202)

    def _tags(self, request: Request, repository: Repository) -> Response:
        tags = sorted(tag for tag in repository.tags if tag > request.args.get("last", ""))
        limit = request.args.get("n", type=int)
        body = _json({"name": _path(repository), "tags": tags[:limit]})
        if limit and len(tags) > limit:
            query = urlencode({"n": limit, "last": tags[limit - 1]})
            body.headers["Link"] = f'</v2/{_path(repository)}/tags/list?{query}>; rel="next"'
        return body

    def _referrers(self, _request: Request, repository: Repository, digest: str) -> Response:
        referring = [
            {
                "mediaType": image.manifest.media_type,
                "digest": image.digest,
                "size": self._registry.blobs.size(image.digest),
                "artifactType": image.manifest.config_media_type,
            }
            for image in repository.images.values()
            if image.manifest.subject == digest
        ]
        response = _json({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": referring})
        response.content_type = OCI_INDEX
        return response


def _find(repository: Repository, reference: str) -> Image:
    image = repository.find(reference)
    if image is None:
        raise RegistryError("MANIFEST_UNKNOWN", f"Requested image not found: {repository.name}, {reference}", 404)
    return image


def _path(repository: Repository) -> str:
    return f"{repository.account}/{repository.region}/{repository.name}"


def _accepted(repository: Repository, upload: str, received: int) -> Response:
    headers = {
        "Location": f"/v2/{_path(repository)}/blobs/uploads/{upload}",
        "Docker-Upload-UUID": upload,
        "Range": f"0-{max(received - 1, 0)}",
    }
    return Response(b"", 202, headers)


def _created(repository: Repository, path: str, digest: str) -> Response:
    headers = {"Location": f"/v2/{_path(repository)}/{path}", "Docker-Content-Digest": digest}
    return Response(b"", 201, headers)


def _json(document: object) -> Response:
    return Response(json.dumps(document).encode(), content_type="application/json")


def _error(error: RegistryError) -> Response:
    body = {"errors": [{"code": error.code, "message": error.message}]}
    response = Response(json.dumps(body).encode(), error.status, content_type="application/json")
    if error.status == 401:  # noqa: PLR2004 - unauthorized
        response.headers["WWW-Authenticate"] = 'Basic realm="slipway sandbox"'
    return response


def _drain(request: Request) -> None:
    """Read what is left of the body, so that the next request on this connection begins where it should."""
    while request.stream.read(1 << 20):
        pass
