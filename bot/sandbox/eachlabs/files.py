"""Uploads behind presigned links, and the pictures that were made."""

import hashlib
import uuid
from collections import OrderedDict
from dataclasses import dataclass

from bot.sandbox.eachlabs.limits import Clock

UPLOAD_LIMIT = 100 * 1024 * 1024  # bytes, the page: 100 MB
LINK_LIVES = 15 * 60.0  # seconds
KEPT, KEPT_LEAST, KEPT_MOST = 180 * 86400, 60, 365 * 86400  # seconds a file is stored
OUTPUT_BYTES = 400 * 1024 * 1024  # what is kept of pictures; the oldest go first

RECENT = 16  # photos whose bytes are shared

EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/heic": "heic",
    "image/gif": "gif",
}


@dataclass(eq=False)
class Upload:
    """A file that was asked for; without `data` until it was put. Moments in seconds since 1970."""

    id: str
    content_type: str
    signature: str
    link_ends: float
    expires_at: float
    data: bytes | None = None

    @property
    def name(self) -> str:
        return f"{self.id}.{EXTENSIONS.get(self.content_type, 'bin')}"

    @property
    def required_headers(self) -> dict[str, str]:
        return {"x-amz-meta-file-id": self.id}


class Uploads:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[str, Upload] = {}
        self._gone: set[str] = set()
        self._recent: OrderedDict[bytes, bytes] = OrderedDict()
        self._swept = 0.0

    def __len__(self) -> int:
        self._sweep()
        return sum(upload.data is not None for upload in self._known.values())

    def presign(self, content_type: str, keep: int | None) -> Upload:
        """A place for one file, kept for `keep` seconds within the provider's bounds."""
        now = self._clock()
        if now > self._swept + KEPT_LEAST:
            self._sweep()
        kept = KEPT if keep is None else min(max(keep, KEPT_LEAST), KEPT_MOST)
        upload = Upload(
            id=str(uuid.uuid4()),
            content_type=content_type,
            signature=uuid.uuid4().hex,
            link_ends=now + LINK_LIVES,
            expires_at=now + kept,
        )
        self._known[upload.id] = upload
        return upload

    def put(self, upload: Upload, data: bytes) -> None:
        """Stores the bytes; many uploads of one photo, as a load test makes, share them."""
        digest = hashlib.sha256(data).digest()
        upload.data = self._recent.setdefault(digest, data)
        self._recent.move_to_end(digest)
        if len(self._recent) > RECENT:
            self._recent.popitem(last=False)

    def get(self, id_: str) -> Upload | None:
        upload = self._known.get(id_)
        if upload is None or upload.expires_at > self._clock():
            return upload
        self.delete(id_)
        return None

    def named(self, name: str) -> Upload | None:
        """The upload whose public address ends in `name`."""
        upload = self.get(name.partition(".")[0])
        return upload if upload is not None and upload.name == name else None

    def was_there(self, id_: str) -> bool:
        return id_ in self._gone

    def delete(self, id_: str) -> None:
        del self._known[id_]
        self._gone.add(id_)

    def link_open(self, upload: Upload) -> bool:
        return self._clock() < upload.link_ends

    def _sweep(self) -> None:
        self._swept = self._clock()
        for id_ in list(self._known):
            self.get(id_)


@dataclass(frozen=True)
class Picture:
    data: bytes
    content_type: str


class Outputs:
    """Pictures by the name in their address."""

    def __init__(self) -> None:
        self._pictures: OrderedDict[str, Picture] = OrderedDict()
        self._size = 0

    def keep(self, name: str, picture: Picture) -> None:
        self._pictures[name] = picture
        self._size += len(picture.data)
        while self._size > OUTPUT_BYTES and len(self._pictures) > 1:
            _, oldest = self._pictures.popitem(last=False)
            self._size -= len(oldest.data)

    def get(self, name: str) -> Picture | None:
        return self._pictures.get(name)
